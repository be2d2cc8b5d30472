import { certificateDocument, type CertificateDocument, type LogProof } from '@lethe/contracts';
import type { z } from 'zod';
import { bytesOf, canonical } from './canonical.ts';
import { commitmentOf, requestCommitment, statementDigest, type Statement } from './certificate.ts';
import { readCheckpoint } from './checkpoint.ts';
import { verifierKeys, type VerifierKey } from './signing-keys.ts';
import { verifyInclusion } from './tree.ts';

export interface VerificationFinding {
  /** Stable, kebab-case. */
  readonly code:
    | 'not-a-certificate'
    | 'not-canonical'
    | 'unknown-key'
    | 'bad-signature'
    | 'bad-checkpoint'
    | 'not-in-the-log'
    | 'other-certificate'
    | 'other-receipt'
    | 'incomplete';
  /** `certificate` or `final`. */
  readonly about: 'certificate' | 'final';
  readonly detail: string;
}

export interface Verification {
  /** Nothing was found. It proves that the operator committed to these statements and can neither alter nor back-date them. */
  readonly ok: boolean;
  readonly findings: readonly VerificationFinding[];
  /** True once the verified final statement is there: the last copy of any key and the last backup are gone. */
  readonly final: boolean;
  /** Issued by an installation whose clock could be moved, or one for development: no evidence of time. */
  readonly development: boolean;
  readonly document?: CertificateDocument;
}

/**
 * Verifies a certificate offline, with public keys alone.
 * @param document the bytes or text as handed out (canonical JSON, one final line feed allowed), or the parsed value
 * @param publicKeys a JWKS value
 * @param receipt the requester's receipt, to show that the certificate is about their request
 * @throws Fault `invalid` when `publicKeys` is not a key file
 */
export function verifyCertificate(
  document: unknown,
  publicKeys: unknown,
  about: { readonly request: string; readonly receipt: string } | undefined = undefined,
): Verification {
  const keys = verifierKeys(publicKeys);
  const findings: VerificationFinding[] = [];
  const read = readDocument(document, certificateDocument);
  if ('code' in read) return { ok: false, findings: [read], final: false, development: false };
  const { certificate, signature, log, final } = read.document;

  findings.push(...checkStatement('certificate', certificate, signature, log, keys));
  const shredded = certificate.scope.filter(({ outcome }) => outcome === 'shredded');
  if (shredded.some(({ parts }) => parts > 0) && certificate.keys.ledgerEntry === 0) {
    findings.push({
      code: 'incomplete',
      about: 'certificate',
      detail: 'parts are said to be shredded and no ledger entry is named',
    });
  }
  if (certificate.final.backups !== certificate.backups.length) {
    findings.push({
      code: 'incomplete',
      about: 'certificate',
      detail: 'the backups it depends on are not those it lists',
    });
  }
  if (about && requestCommitment(about.receipt, about.request) !== certificate.request.commitment) {
    findings.push({
      code: 'other-receipt',
      about: 'certificate',
      detail: 'the receipt is not that of this certificate',
    });
  }
  if (final) {
    findings.push(...checkStatement('final', final.statement, final.signature, final.log, keys));
    findings.push(...checkFinal(read.document));
  }
  const ok = findings.length === 0;
  return {
    ok,
    findings,
    final: ok && final !== undefined,
    development: certificate.issuer.mode === 'development' || certificate.issuer.movableClock,
    document: read.document,
  };
}

/** A signed document as it was handed out: exactly these bytes, and this shape. */
export function readDocument<Document>(
  given: unknown,
  shape: z.ZodType<Document>,
): { readonly document: Document } | VerificationFinding {
  const wrong = (code: VerificationFinding['code'], detail: string): VerificationFinding => ({
    code,
    about: 'certificate',
    detail,
  });
  let value = given;
  if (typeof given === 'string' || given instanceof Uint8Array) {
    let text: string;
    try {
      text =
        typeof given === 'string' ? given : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(given);
      value = JSON.parse(text);
    } catch {
      return wrong('not-a-certificate', 'not JSON in UTF-8');
    }
    const exact = canonical(value);
    if (text !== exact && text !== `${exact}\n`) {
      return wrong('not-canonical', 'not the bytes that were handed out (canonical JSON, RFC 8785)');
    }
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return { document: parsed.data };
  const fields = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.') || 'the document'))];
  return wrong('not-a-certificate', `wrong or missing: ${fields.slice(0, 5).join(', ')}`);
}

/** Signature, checkpoint and place in the log of one statement. */
export function checkStatement(
  about: VerificationFinding['about'],
  statement: Statement,
  signature: CertificateDocument['signature'],
  log: LogProof,
  keys: readonly VerifierKey[],
): VerificationFinding[] {
  const findings: VerificationFinding[] = [];
  const found = (code: VerificationFinding['code'], detail: string): number => findings.push({ code, about, detail });

  const key = keys.find(({ kid }) => kid === signature.kid && kid.startsWith('certificate.'));
  const value = bytesOf(signature.value, 64);
  if (!key) found('unknown-key', 'signed with a key that is not in the key file');
  else if (!value || !key.verify(Buffer.from(canonical(statement)), value))
    found('bad-signature', 'the signature is not over this statement');

  const checkpoint = readCheckpoint(log.checkpoint, keys);
  const path = log.path.map((hash) => bytesOf(hash, 32));
  if (!checkpoint) found('bad-checkpoint', 'the checkpoint is not signed by the log');
  else if (
    path.some((hash) => hash === undefined) ||
    !verifyInclusion(commitmentOf(log.salt, statement), log.index, checkpoint.size, path as Buffer[], checkpoint.root)
  ) {
    found('not-in-the-log', 'the statement is not the leaf the proof is for');
  }
  return findings;
}

function checkFinal(document: CertificateDocument): VerificationFinding[] {
  const { certificate, final } = document;
  if (!final) return [];
  const findings: VerificationFinding[] = [];
  const found = (code: VerificationFinding['code'], detail: string): number =>
    findings.push({ code, about: 'final', detail });
  const { statement } = final;
  if (
    statement.binds !== statementDigest(document) ||
    statement.certificate !== certificate.certificate ||
    statement.tenant !== certificate.tenant
  ) {
    found('other-certificate', 'the final statement is about another certificate');
  }
  if (Date.parse(statement.epoch.before) < Date.parse(certificate.final.keysDestroyedBefore)) {
    found('incomplete', 'the key epoch it names ended too early');
  }
  const gone = new Set(statement.backups.map(({ backup }) => backup));
  if (certificate.backups.some(({ backup }) => !gone.has(backup)))
    found('incomplete', 'a backup the certificate depends on is not said to be gone');
  return findings;
}
