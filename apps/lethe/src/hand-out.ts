import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Service } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import { brokerProperties, Home, KAFKA_ADMINISTRATOR_SECRET, type Installation } from '@lethe/platform';

/** Beside its own secrets: what everybody may know, and in development the issuer that gives a token to whoever asks. */
const EVERYBODY = ['public', 'development', 'backups'];
const MORE: Partial<Record<Service, readonly string[]>> = {
  collection: ['keyring', 'isolation'],
  retention: ['isolation'],
};

/**
 * Gives each service a home below `folder` with its own secrets and nobody else's, and each cluster a file with its administrator's
 * password (`<cluster>/admin-password`, for its first start), and the broker the secret part of its configuration
 * (`kafka/server.properties`). What a service already holds is never replaced.
 * @throws Fault `conflict` `lethe/other-installation` when a service's home holds secrets of another installation
 */
export function handOut(installation: Installation, folder: string, services: readonly Service[]): void {
  const from = Home.open(installation.home, installation.mode, { alone: false });
  for (const service of services) {
    const to = Home.open(join(folder, service), installation.mode, { alone: false });
    to.fixSlots(installation.slots);
    for (const group of [service, ...EVERYBODY, ...(MORE[service] ?? [])]) {
      for (const name of namesIn(join(from.secrets.folder, group))) give(from, to, `${group}/${name}`, service);
    }
    giveIssuers(from, to);
  }
  for (const cluster of ['data', 'keys']) {
    mkdirSync(join(folder, cluster), { recursive: true });
    // The server runs as another user; only its container has this volume.
    replace(join(folder, cluster, 'admin-password'), from.secrets.need(`${cluster}-admin-password`));
  }
  mkdirSync(join(folder, 'kafka'), { recursive: true });
  // The broker copies it, mode and all, and appends to the copy.
  replace(
    join(folder, 'kafka', 'server.properties'),
    brokerProperties(from.secrets.need(KAFKA_ADMINISTRATOR_SECRET)),
    0o644,
  );
}

function give(from: Home, to: Home, name: string, service: Service): void {
  const secret = from.secrets.need(name);
  if (name.startsWith('public/')) to.secrets.publish(name, secret);
  else if (to.secrets.ensure(name, () => secret) !== secret) {
    throw new Fault(
      'conflict',
      'lethe/other-installation',
      `the home of ${service} holds another secrets/${name}: its volume belongs to another installation`,
    );
  }
}

/** `issuers.json` and the public keys that it names; a changed file replaces the one handed out before. */
function giveIssuers(from: Home, to: Home): void {
  const list = join(from.path, 'issuers.json');
  if (!existsSync(list)) return;
  const issuers = JSON.parse(readFileSync(list, 'utf8')) as readonly { readonly jwks: string }[];
  for (const { jwks } of issuers) replace(join(to.path, jwks), readFileSync(join(from.path, jwks), 'utf8'));
  replace(join(to.path, 'issuers.json'), readFileSync(list, 'utf8'));
}

function replace(file: string, text: string, mode = 0o444): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  writeFileSync(`${file}.new`, text, { mode, flush: true });
  chmodSync(`${file}.new`, mode);
  renameSync(`${file}.new`, file);
}

/** Without what a crash in the middle of writing has left behind. */
const namesIn = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).filter((name) => !/\.[0-9a-f]{12}$/.test(name)) : [];
