import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantId } from '@lethe/kernel';
import { type CertificateBody, type CertificateDocument } from '@lethe/contracts';
import { appendFinalStatement, issueCertificate, newSalt, requestCommitment } from './certificate.ts';
import { canonical } from './canonical.ts';
import { MerkleLog } from './merkle-log.ts';
import { SigningKeys } from './signing-keys.ts';
import { verifyCertificate } from './verify-certificate.ts';

const REQUEST = '01939c5c-9d3a-7000-8000-000000000001';
const BACKUP = '01939c5c-9d3a-7000-8000-000000000002';
const RECEIPT = Buffer.alloc(16, 7).toString('base64url');
const at = (day: number): string => `2026-03-${String(day).padStart(2, '0')}T00:00:00.000Z`;

const body: CertificateBody = {
  format: 'lethe-certificate/1',
  certificate: '01939c5c-9d3a-7000-8000-000000000003',
  issuer: {
    instance: '01939c5c-9d3a-7000-8000-000000000004',
    mode: 'production',
    movableClock: false,
    software: '0.1.0',
  },
  tenant: 'damai' as TenantId,
  pack: { name: 'damai', version: '2024-09-04', digest: 'a'.repeat(64) },
  request: { commitment: requestCommitment(RECEIPT, REQUEST), kind: 'erasure', ground: 'no-longer-used' },
  times: { received: at(1), verified: at(1), frozen: at(1), effective: at(2), swept: at(2), issued: at(2) },
  deadline: '2026-03-16',
  final: { expected: '2026-06-01', keysDestroyedBefore: at(2), backups: 1 },
  scope: [
    { outcome: 'shredded', compartment: 'contract', class: 'registration', parts: 3 },
    {
      outcome: 'restricted',
      compartment: 'statutory',
      class: 'order',
      parts: 1,
      until: '2029-03-02',
      basis: 'e-commerce-law-31',
    },
  ],
  participants: [
    {
      participant: 'collection',
      kind: 'service',
      registryVersion: 0,
      found: 4,
      deleted: 3,
      restricted: 1,
      rescan: 0,
      position: 12,
      at: at(2),
    },
  ],
  keys: { destroyed: 1, ledgerEntry: 5 },
  backups: [{ backup: BACKUP, state: 'isolated', takenAt: at(1), purgeOn: '2026-06-01' }],
  residuals: [{ place: 'backup', because: 'unreadable-until-purged', until: '2026-06-01' }],
};

let folder: string;
let log: MerkleLog;
const keys = SigningKeys.generate();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certificate-'));
  log = await MerkleLog.open(folder, keys, 'lethe.test/log');
});
afterEach(async () => {
  await log.close();
  await rm(folder, { recursive: true, force: true });
});

const issue = (): Promise<CertificateDocument> =>
  issueCertificate(body, log, keys, { salt: newSalt(), from: log.size() });
const finish = (document: CertificateDocument): Promise<CertificateDocument> =>
  appendFinalStatement(
    document,
    {
      at: '2026-06-02T00:00:00.000Z',
      epoch: { epoch: 9, before: at(3), endedAt: at(3) },
      backups: [{ backup: BACKUP, goneAt: '2026-06-01T00:00:00.000Z' }],
    },
    log,
    keys,
    { salt: newSalt(), from: log.size() },
  );

test('a certificate verifies with the public keys alone, and is not yet final', async () => {
  const document = await issue();
  const text = canonical(document);
  expect(verifyCertificate(text, keys.publicKeys())).toMatchObject({ ok: true, findings: [], final: false });
  expect(verifyCertificate(`${text}\n`, keys.publicKeys()).ok).toBe(true);
  expect(verifyCertificate(document, keys.publicKeys()).ok).toBe(true);
});

test('the final statement makes it final and leaves the certificate as it was', async () => {
  const document = await issue();
  const done = await finish(document);
  expect(canonical(done).includes(canonical(document.certificate))).toBe(true);
  expect(verifyCertificate(canonical(done), keys.publicKeys())).toMatchObject({ ok: true, final: true });
});

test('one changed byte anywhere makes it fail, with and without the final statement (I42)', async () => {
  await log.append(Buffer.alloc(32, 1));
  const document = await issue();
  for (const one of [document, await finish(document)]) {
    const bytes = Buffer.from(canonical(one));
    const proofs = bytes.indexOf('"signature"');
    for (let at = 0; at < bytes.length; at += 1) {
      // Every bit where text stands for bytes (padding bits!), one of each byte elsewhere.
      for (const bit of at < proofs && at % 7 !== 0 ? [at % 8] : [0, 1, 2, 3, 4, 5, 6, 7]) {
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        if (verifyCertificate(bytes, keys.publicKeys()).ok) throw new Error(`byte ${at}, bit ${bit} may be changed`);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      }
    }
  }
});

test('whitespace, an added field or a reordered one is not the document that was handed out', async () => {
  const document = await issue();
  expect(verifyCertificate(JSON.stringify(document, null, 1), keys.publicKeys()).findings[0]?.code).toBe(
    'not-canonical',
  );
  expect(verifyCertificate({ ...document, note: 'x' }, keys.publicKeys()).findings[0]?.code).toBe('not-a-certificate');
});

test('another installation’s keys do not verify it', async () => {
  const document = await issue();
  const { ok, findings } = verifyCertificate(document, SigningKeys.generate().publicKeys());
  expect(ok).toBe(false);
  expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['unknown-key', 'bad-checkpoint']));
});

test('the final statement of another certificate does not make this one final', async () => {
  const first = await finish(await issue());
  const other = await issueCertificate({ ...body, deadline: '2026-03-17' }, log, keys, {
    salt: newSalt(),
    from: log.size(),
  });
  const { final, ...rest } = first;
  const swapped = { ...other, ...(final ? { final } : {}) };
  expect(rest.certificate.certificate).toBe(other.certificate.certificate);
  expect(verifyCertificate(swapped, keys.publicKeys()).findings.map(({ code }) => code)).toEqual(['other-certificate']);
});

test('a final statement that leaves out a backup is incomplete', async () => {
  const document = await issue();
  const done = await appendFinalStatement(
    document,
    { at: at(9), epoch: { epoch: 9, before: at(3), endedAt: at(3) }, backups: [] },
    log,
    keys,
    { salt: newSalt(), from: log.size() },
  );
  expect(verifyCertificate(done, keys.publicKeys())).toMatchObject({
    ok: false,
    final: false,
    findings: [{ code: 'incomplete' }],
  });
});

test('the receipt shows whose it is; another receipt does not', async () => {
  const document = await issue();
  expect(verifyCertificate(document, keys.publicKeys(), { request: REQUEST, receipt: RECEIPT }).ok).toBe(true);
  const other = Buffer.alloc(16, 8).toString('base64url');
  expect(verifyCertificate(document, keys.publicKeys(), { request: REQUEST, receipt: other }).findings[0]?.code).toBe(
    'other-receipt',
  );
});

test('issuing again after a crash gives the same leaf, not a second one (I40)', async () => {
  const leaf = { salt: newSalt(), from: log.size() };
  const first = await issueCertificate(body, log, keys, leaf);
  const second = await issueCertificate(body, log, keys, leaf);
  expect(canonical(second)).toBe(canonical(first));
  expect(log.size()).toBe(1);
});
