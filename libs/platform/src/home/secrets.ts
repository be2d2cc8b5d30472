import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '@lethe/kernel';
import { writeOnce } from './write-once.ts';

const BYTES = 32;
const MODE = 0o400;

/** Secrets as files, 0400, each made once: by whoever comes first, whole or not at all. Never in the environment. */
export class Secrets {
  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** The secret of that name (`collection/signing-key.jwk`), made by `make` if it is not there. */
  ensure(name: string, make: () => string = password): string {
    const file = join(this.folder, name);
    const known = this.find(name);
    if (known !== undefined) return known;
    writeOnce(file, make(), MODE);
    return this.need(name);
  }

  /**
   * 32 random bytes under that name, made if they are not there.
   * @throws Fault `unavailable` `platform/damaged-secret` naming a file that has not as many
   */
  bytes(name: string): Buffer {
    const file = join(this.folder, name);
    writeOnce(file, randomBytes(BYTES), MODE);
    const secret = readFileSync(file);
    if (secret.length !== BYTES)
      throw new Fault('unavailable', 'platform/damaged-secret', `secrets/${name} has not ${String(BYTES)} bytes`);
    return secret;
  }

  find(name: string): string | undefined {
    const file = join(this.folder, name);
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
    return readFileSync(file, 'utf8').trim();
  }

  /** @throws Fault `missing` `platform/no-secret` naming the file */
  need(name: string): string {
    const value = this.find(name);
    if (value === undefined || value === '')
      throw new Fault('missing', 'platform/no-secret', `secrets/${name} is not there`);
    return value;
  }

  /** Replaces a file that is no secret: public keys. */
  publish(name: string, text: string): void {
    const file = join(this.folder, name);
    if (this.find(name) === text) return;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const fresh = `${file}.${randomBytes(6).toString('hex')}`;
    writeFileSync(fresh, text, { mode: 0o444, flag: 'wx', flush: true });
    chmodSync(fresh, 0o444);
    rmSync(file, { force: true });
    linkSync(fresh, file);
    rmSync(fresh, { force: true });
  }
}

/** 32 random bytes, base64url. */
export const password = (): string => randomBytes(32).toString('base64url');

const WELL_KNOWN =
  /^(?:password|passw0rd|postgres|postgresql|lethe|admin|secret|changeme|change-me|example|test|testing|development|only-for-tests|demo|root|1234.*|qwerty.*)$/i;

/**
 * In production a secret that somebody made up is refused: one that is short, well known, or says one thing over and over.
 * @throws Fault `invalid` `platform/made-up-secret`, naming where it came from, never what it is
 */
export function refuseMadeUp(secret: string, from: string): void {
  const bare = secret.trim();
  if (bare.length < 16 || WELL_KNOWN.test(bare) || new Set(bare).size < 8) {
    throw new Fault(
      'invalid',
      'platform/made-up-secret',
      `${from} holds a made-up secret: production takes random ones of 16 characters or more`,
    );
  }
}
