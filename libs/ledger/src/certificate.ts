import { createHash, randomBytes } from 'node:crypto';
import {
  certificateBody,
  finalStatementBody,
  type CertificateBody,
  type CertificateDocument,
  type FinalStatementBody,
  type LogProof,
  type TenantEndBody,
} from '@lethe/contracts';
import { canonical } from './canonical.ts';
import { type LogReceipt, type MerkleLog } from './merkle-log.ts';
import { type SigningKeys } from './signing-keys.ts';
import { leafHash } from './tree.ts';

export type Statement = CertificateBody | FinalStatementBody | TenantEndBody;
type Signature = CertificateDocument['signature'];

/** SHA-256 over receipt and request: whoever holds the receipt can show that the certificate is about their request. */
export const requestCommitment = (receipt: string, request: string): string =>
  createHash('sha256').update(Buffer.from(receipt, 'base64url')).update(request).digest('hex');

/** The leaf of a statement: a commitment that says nothing without the salt. */
export const commitmentOf = (salt: string, statement: Statement): Buffer =>
  leafHash(createHash('sha256').update(Buffer.from(salt, 'base64url')).update(canonical(statement)).digest());

/** SHA-256 of the canonical certificate with its signature: what a final statement binds. */
export const statementDigest = (document: Pick<CertificateDocument, 'certificate' | 'signature'>): string =>
  digestOf({ certificate: document.certificate, signature: document.signature });

/** SHA-256 of a canonical statement with its signature. */
export const digestOf = (signed: object): string => createHash('sha256').update(canonical(signed)).digest('hex');

/** A salt for one leaf: 16 random bytes. Stored by the caller before it logs, so that logging can be repeated. */
export const newSalt = (): string => randomBytes(16).toString('base64url');

/**
 * Signs a certificate and logs its commitment. Repeating it with the same body and salt after a crash gives the same
 * leaf, not a second one: `from` is the size the log had when the salt was made.
 */
export async function issueCertificate(
  body: CertificateBody,
  log: MerkleLog,
  keys: SigningKeys,
  leaf: { readonly salt: string; readonly from: number },
): Promise<CertificateDocument> {
  const certificate = certificateBody.parse(body);
  return { certificate, signature: sign(certificate, keys), log: await logged(certificate, log, leaf) };
}

/** The document with its final statement, which binds the hash of the certificate. The certificate itself stays as it was. */
export async function appendFinalStatement(
  document: CertificateDocument,
  body: Omit<FinalStatementBody, 'format' | 'certificate' | 'tenant' | 'binds'>,
  log: MerkleLog,
  keys: SigningKeys,
  leaf: { readonly salt: string; readonly from: number },
): Promise<CertificateDocument> {
  const statement = finalStatementBody.parse({
    format: 'lethe-final-statement/1',
    certificate: document.certificate.certificate,
    tenant: document.certificate.tenant,
    binds: statementDigest(document),
    ...body,
  });
  const { certificate, signature, log: proof } = document;
  const final = { statement, signature: sign(statement, keys), log: await logged(statement, log, leaf) };
  return { certificate, signature, log: proof, final };
}

export const sign = (statement: Statement, keys: SigningKeys): Signature => ({
  kid: keys.kid('certificate'),
  alg: 'Ed25519',
  value: keys.sign('certificate', Buffer.from(canonical(statement))).toString('base64url'),
});

export async function logged(
  statement: Statement,
  log: MerkleLog,
  { salt, from }: { salt: string; from: number },
): Promise<LogProof> {
  const leaf = commitmentOf(salt, statement);
  const receipt: LogReceipt = log.find(leaf, from) ?? (await log.append(leaf));
  return {
    index: receipt.index,
    salt,
    path: receipt.path.map((hash) => hash.toString('base64url')),
    checkpoint: receipt.checkpoint,
  };
}
