import { createDecipheriv, createPrivateKey, createSecretKey, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inTopic, sessionSecret } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import { FileRoot } from '@lethe/sealing';
import { eventually } from '@lethe/testing';
import { compactDecrypt } from 'jose';
import { SLOTS, startCollection, type Bench, type Tenant } from '../collection.contract.ts';
import { EdgeBench, face, START } from './edge.contract.ts';
import { arrived, unseal } from './messages.ts';

let bench: Bench;
let edge: EdgeBench;
beforeAll(async () => {
  bench = await startCollection();
  edge = new EdgeBench(bench);
}, 120_000);
afterAll(async () => {
  await edge?.stop();
  await bench?.stop();
});

/** Of the private half of an intake key (RFC 8410): so begins whatever was unwrapped with the right key. */
const X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** What the keyring has of the tenant's intake keys now. */
const wraps = (tenant: Tenant): Promise<Buffer[]> =>
  bench.keys.admin.transaction(async (sql) =>
    (await sql.query<{ wrapped: Buffer }>('select wrapped from keyring.intake_key where tenant = $1', [tenant.id])).map(
      ({ wrapped }) => wrapped,
    ),
  );

/** Those of the keys that anything lying in the slots unwraps, whatever it was wrapped as, by somebody who has the root. */
async function unwrapped(copied: readonly Buffer[]): Promise<{ keys: KeyObject[]; tried: number }> {
  const root = await FileRoot.open(join(bench.folder, 'root'), { create: false });
  const keys: KeyObject[] = [];
  let tried = 0;
  for (const slot of ['slot-a', 'slot-b'])
    for (const name of readdirSync(join(bench.folder, slot))) {
      const under = createSecretKey(await root.unwrap(readFileSync(join(bench.folder, slot, name)), name));
      for (const wrapped of copied) {
        tried += 1;
        const bytes = createDecipheriv('aes-256-gcm', under, wrapped.subarray(0, 12)).update(wrapped.subarray(28));
        if (bytes.subarray(0, X25519.length).equals(X25519))
          keys.push(createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' }));
      }
    }
  return { keys, tried };
}

/** What was submitted in these records of the topic, as far as any of the keys opens it. */
async function read(tenant: Tenant, records: readonly string[], keys: readonly KeyObject[]): Promise<string[]> {
  const messages = records.map((value) =>
    arrived({ number: 0, incarnation: 'copied', id: newId(), value, offset: 0n }),
  );
  const found: string[] = [];
  for (const opened of messages)
    for (const key of opened.kind === 'session' ? keys : []) {
      const { statement, session } = opened as Extract<typeof opened, { kind: 'session' }>;
      const jwe = Buffer.from(statement.split('.')[1] ?? '', 'base64url').toString();
      const secret = await compactDecrypt(jwe, key).catch(() => undefined);
      if (secret === undefined) continue;
      const {
        key: bytes,
        digestKey,
        expires,
      } = sessionSecret.parse(JSON.parse(Buffer.from(secret.plaintext).toString()));
      const as = {
        ...{ tenant: tenant.id, session, expires: new Date(expires) },
        ...{ key: createSecretKey(bytes, 'base64url'), digestKey: createSecretKey(digestKey, 'base64url') },
      };
      for (const message of messages)
        if (message.kind === 'sealed' && message.session === session) found.push(JSON.stringify(unseal(as, message)));
    }
  return found;
}

test('who has copied the topic and the keyring reads it until the epoch ends in which its intake key died, and not after, with slots and root (I22, I23)', async () => {
  const tenant = await bench.tenant('edge-copied', START);
  const subject = await tenant.person('u-1');
  await tenant.consent(subject, 'face-verification', 1, 'given', 'separate');
  const marker = `MARKER-${newId()}`;
  expect(await edge.platform(tenant).collect([face(subject, marker)])).toMatchObject([{ outcome: 'admitted' }]);
  const topic = Array.from({ length: SLOTS }, (_, slot) =>
    bench.log.records(inTopic(tenant.id), slot).map(({ value }) => value),
  ).flat();
  expect(topic.filter((value) => value.includes(marker))).toEqual([]);
  const copied = await wraps(tenant);
  const reads = async (of: readonly Buffer[]): Promise<boolean> =>
    (await read(tenant, topic, (await unwrapped(of)).keys)).some((text) => text.includes(marker));
  expect(await reads(copied)).toBe(true);

  bench.advance(2 * 3_600_000 + 6 * 60_000);
  await bench.beat();
  const lives = async () => (await wraps(tenant)).some((one) => copied.some((other) => one.equals(other)));
  await eventually(async () => !(await lives()), { what: 'the end of the intake key' });
  expect(await reads(await wraps(tenant))).toBe(false);
  // Until then it is what a certificate names as residual.
  expect(await reads(copied)).toBe(true);

  await bench.service.epochs.rotate(bench.service.now());
  const { keys, tried } = await unwrapped([...copied, ...(await wraps(tenant))]);
  expect(tried).toBeGreaterThanOrEqual(2 * copied.length);
  expect(await read(tenant, topic, keys)).toEqual([]);
});
