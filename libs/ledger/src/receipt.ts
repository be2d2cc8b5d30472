import { receiptBody, receiptDocument, type ReceiptBody, type ReceiptDocument } from '@lethe/contracts';
import { bytesOf, canonical } from './canonical.ts';
import { verifierKeys, type SigningKeys } from './signing-keys.ts';

/** Signs the receipt of a consent: canonical JSON (RFC 8785), Ed25519. */
export function issueReceipt(body: ReceiptBody, keys: SigningKeys): ReceiptDocument {
  const receipt = receiptBody.parse(body);
  const value = keys.sign('receipt', Buffer.from(canonical(receipt))).toString('base64url');
  return { receipt, signature: { kid: keys.kid('receipt'), alg: 'Ed25519', value } };
}

export interface ReceiptVerification {
  readonly ok: boolean;
  readonly findings: readonly {
    readonly code: 'not-a-receipt' | 'not-canonical' | 'unknown-key' | 'bad-signature';
    readonly about: 'receipt';
    readonly detail: string;
  }[];
  /** Issued by an installation for development: no evidence of time. */
  readonly development: boolean;
  readonly document?: ReceiptDocument;
}

/** Whether a text says of itself that it is a receipt of consent, so that it is verified as one. */
export const saysReceipt = (text: string): boolean => text.includes('"lethe-consent-receipt/1"');

/**
 * Verifies a receipt offline, with public keys alone.
 * @param text as handed out: canonical JSON, one final line feed allowed
 * @param publicKeys a JWKS value
 * @throws Fault `invalid` when `publicKeys` is not a key file
 */
export function verifyReceipt(text: string, publicKeys: unknown): ReceiptVerification {
  const keys = verifierKeys(publicKeys);
  const wrong = (code: ReceiptVerification['findings'][number]['code'], detail: string): ReceiptVerification => ({
    ok: false,
    findings: [{ code, about: 'receipt', detail }],
    development: false,
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return wrong('not-a-receipt', 'not JSON');
  }
  const exact = canonical(value);
  if (text !== exact && text !== `${exact}\n`)
    return wrong('not-canonical', 'not the bytes that were handed out (canonical JSON, RFC 8785)');
  const parsed = receiptDocument.safeParse(value);
  if (!parsed.success) {
    const fields = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.') || 'the document'))];
    return wrong('not-a-receipt', `wrong or missing: ${fields.slice(0, 5).join(', ')}`);
  }
  const { receipt, signature } = parsed.data;
  const key = keys.find(({ kid }) => kid === signature.kid && kid.startsWith('receipt.'));
  if (key === undefined) return wrong('unknown-key', 'signed with a key that is not in the key file');
  const bytes = bytesOf(signature.value, 64);
  if (bytes === undefined || !key.verify(Buffer.from(canonical(receipt)), bytes))
    return wrong('bad-signature', 'the signature is not over this receipt');
  return { ok: true, findings: [], development: receipt.issuer.mode === 'development', document: parsed.data };
}
