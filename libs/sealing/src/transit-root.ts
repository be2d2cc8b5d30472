import { randomBytes } from 'node:crypto';
import { Fault } from '@lethe/kernel';
import pRetry, { AbortError } from 'p-retry';
import { z } from 'zod';
import type { Root } from './root.ts';

export interface TransitOptions {
  /** `https://bao.internal:8200`. */
  readonly address: string;
  /** Name of a key of the transit engine (`aes256-gcm96`, made by its administrator). */
  readonly key: string;
  /** Where the engine is mounted; default `transit`. */
  readonly mount?: string;
  readonly namespace?: string;
  /** Read at each call, so that a token is changed without a restart. It needs `update` on encrypt and decrypt of this key, nothing else. */
  readonly token: () => Promise<string>;
  /** Machine milliseconds for one call; default 5,000. */
  readonly timeout?: number;
  /** How often a call that met no answer is repeated; default 3. */
  readonly retries?: number;
}

const answer = z.object({ data: z.object({ ciphertext: z.string().optional(), plaintext: z.string().optional() }) });
const refusal = z.object({ errors: z.array(z.string()).default([]) });

/** What Transit says of a ciphertext that it did not make, or not for this context. Anything else is trouble with the service. */
const NOT_OURS = /message authentication failed|invalid ciphertext|unable to decrypt|too old|version/i;

/**
 * The root in HashiCorp Vault or OpenBao: the transit engine wraps and unwraps, its key never comes out. The context travels as
 * associated data. A key version retired there (`min_decryption_version`) ends what was wrapped under it.
 */
export class TransitRoot implements Root {
  readonly #base: string;

  constructor(private readonly options: TransitOptions) {
    const { address, key, mount = 'transit' } = options;
    if (!URL.canParse(address))
      throw new Fault('invalid', 'sealing/bad-root', 'the address of the transit root is no URL');
    this.#base = `${address.replace(/\/+$/, '')}/v1/${mount}/%s/${encodeURIComponent(key)}`;
  }

  async wrap(key: Buffer, context: string): Promise<Buffer> {
    const { ciphertext } = await this.#ask('encrypt', { plaintext: key.toString('base64') }, context);
    if (ciphertext === undefined) throw unavailable('gave no ciphertext');
    return Buffer.from(ciphertext, 'ascii');
  }

  async unwrap(wrapped: Buffer, context: string): Promise<Buffer> {
    const ciphertext = wrapped.toString('ascii');
    // What does not look like Transit's is told apart here: a damaged slot is no trouble of the service.
    if (!/^vault:v\d+:[A-Za-z0-9+/=]+$/.test(ciphertext)) throw notOurs();
    const { plaintext } = await this.#ask('decrypt', { ciphertext }, context);
    if (plaintext === undefined) throw unavailable('gave no plaintext');
    return Buffer.from(plaintext, 'base64');
  }

  /** What it wraps opens again: the engine is unsealed, has its key, and accepts the token. */
  async startsAgain(): Promise<void> {
    const probe = randomBytes(32);
    const back = await this.unwrap(await this.wrap(probe, 'starts-again'), 'starts-again');
    if (!back.equals(probe)) throw unavailable('gave back something else');
  }

  async #ask(verb: 'encrypt' | 'decrypt', body: Record<string, string>, context: string) {
    const { namespace, timeout = 5_000, retries = 3 } = this.options;
    const sent = JSON.stringify({ ...body, associated_data: Buffer.from(context).toString('base64') });
    return pRetry(
      async () => {
        const response = await fetch(this.#base.replace('%s', verb), {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'x-vault-token': (await this.options.token()).trim(),
            'x-vault-request': 'true',
            ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
          },
          body: sent,
          redirect: 'error',
          signal: AbortSignal.timeout(timeout),
        });
        const text = await response.text();
        if (response.ok) return answer.parse(JSON.parse(text)).data;
        throw failure(response.status, text);
      },
      { retries, minTimeout: 100, maxTimeout: 2_000 },
    ).catch((error: unknown) => {
      throw error instanceof Fault ? error : unavailable('does not answer');
    });
  }
}

/** 5xx and 429 (sealed, standby, overloaded) may pass; the rest is final. Messages of the service are not repeated: they may quote what was sent. */
function failure(status: number, text: string): Error {
  if (status >= 500 || status === 429) return unavailable(`answers ${String(status)}`);
  const said = refusal.safeParse(parse(text));
  const errors = said.success ? said.data.errors.join(' ') : '';
  if (status === 400 && NOT_OURS.test(errors)) return new AbortError(notOurs());
  return new AbortError(unavailable(status === 403 ? 'does not accept the token' : `refuses with ${String(status)}`));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const notOurs = (): Fault =>
  new Fault('forbidden', 'sealing/not-wrapped-here', 'this root did not wrap it, or not for this context');
const unavailable = (what: string): Fault =>
  new Fault('unavailable', 'sealing/root-unavailable', `the transit root ${what}`);
