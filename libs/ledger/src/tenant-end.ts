import {
  finalStatementBody,
  tenantEndBody,
  tenantEndDocument,
  type FinalStatementBody,
  type TenantEndBody,
  type TenantEndDocument,
} from '@lethe/contracts';
import { digestOf, logged, sign } from './certificate.ts';
import type { MerkleLog } from './merkle-log.ts';
import { verifierKeys, type SigningKeys } from './signing-keys.ts';
import { checkStatement, readDocument, type VerificationFinding } from './verify-certificate.ts';

interface Leaf {
  readonly salt: string;
  /** The size the log had when the salt was made. */
  readonly from: number;
}

/** Signs the statement of a tenant's end and logs its commitment. Repeated with the same salt it gets the same leaf. */
export async function issueTenantEnd(
  body: TenantEndBody,
  log: MerkleLog,
  keys: SigningKeys,
  leaf: Leaf,
): Promise<TenantEndDocument> {
  const end = tenantEndBody.parse(body);
  return { end, signature: sign(end, keys), log: await logged(end, log, leaf) };
}

/** The document with its final statement, which binds the hash of the statement. The statement itself stays as it was. */
export async function appendFinalToTenantEnd(
  { end, signature, log: proof }: TenantEndDocument,
  body: Omit<FinalStatementBody, 'format' | 'certificate' | 'tenant' | 'binds'>,
  log: MerkleLog,
  keys: SigningKeys,
  leaf: Leaf,
): Promise<TenantEndDocument> {
  const statement = finalStatementBody.parse({
    format: 'lethe-final-statement/1',
    certificate: end.statement,
    tenant: end.tenant,
    binds: digestOf({ end, signature }),
    ...body,
  });
  const final = { statement, signature: sign(statement, keys), log: await logged(statement, log, leaf) };
  return { end, signature, log: proof, final };
}

export interface TenantEndVerification {
  readonly ok: boolean;
  readonly findings: readonly VerificationFinding[];
  /** The verified final statement is there: no copy of a key and no backup of the tenant is left. */
  readonly final: boolean;
  /** Issued by an installation whose clock could be moved, or one for development: no evidence of time. */
  readonly development: boolean;
  readonly document?: TenantEndDocument;
}

/** Whether a text says of itself that it is the statement of a tenant's end, so that it is verified as one. */
export const saysTenantEnd = (text: string): boolean => text.includes('"lethe-tenant-end/1"');

/**
 * Verifies the statement of a tenant's end offline, with public keys alone.
 * @param document the bytes or text as handed out (canonical JSON, one final line feed allowed), or the parsed value
 * @param publicKeys a JWKS value
 * @throws Fault `invalid` when `publicKeys` is not a key file
 */
export function verifyTenantEnd(document: unknown, publicKeys: unknown): TenantEndVerification {
  const keys = verifierKeys(publicKeys);
  const read = readDocument(document, tenantEndDocument);
  if ('code' in read) return { ok: false, findings: [read], final: false, development: false };
  const { end, signature, log, final } = read.document;
  const findings = [...checkStatement('certificate', end, signature, log, keys)];
  const found = (about: VerificationFinding['about'], code: VerificationFinding['code'], detail: string): number =>
    findings.push({ about, code, detail });
  if (end.final.backups !== end.backups.length)
    found('certificate', 'incomplete', 'the backups it depends on are not those it lists');
  if (end.keys.ledgerEntry === 0)
    found('certificate', 'incomplete', 'keys are said to be dead and no ledger entry is named');
  if (final) {
    const { statement } = final;
    findings.push(...checkStatement('final', statement, final.signature, final.log, keys));
    if (
      statement.binds !== digestOf({ end, signature }) ||
      statement.certificate !== end.statement ||
      statement.tenant !== end.tenant
    )
      found('final', 'other-certificate', 'the final statement is about another one');
    if (Date.parse(statement.epoch.before) < Date.parse(end.final.keysDestroyedBefore))
      found('final', 'incomplete', 'the key epoch it names ended too early');
    const gone = new Set(statement.backups.map(({ backup }) => backup));
    if (end.backups.some(({ backup }) => !gone.has(backup)))
      found('final', 'incomplete', 'a backup the statement depends on is not said to be gone');
  }
  const ok = findings.length === 0;
  return {
    ok,
    findings,
    final: ok && final !== undefined,
    development: end.issuer.mode === 'development' || end.issuer.movableClock,
    document: read.document,
  };
}
