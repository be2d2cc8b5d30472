import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { saysReceipt, saysTenantEnd, verifyCertificate, verifyReceipt, verifyTenantEnd } from '@lethe/ledger';

/** Checks a certificate, the statement of a tenant's end, or the receipt of a consent, offline. Exit 0 it verifies, 1 it does not, 2 a file could not be read. */
export async function verify(
  file: string,
  options: { readonly keys?: string; readonly json?: boolean },
): Promise<void> {
  if (!existsSync(file)) throw new Error(`there is no file ${file}`);
  const document = readFileSync(file, 'utf8');
  const keys = options.keys ?? join(dirname(file), 'lethe-keys.json');
  if (!existsSync(keys))
    throw new Error(
      'the public keys are missing: name them with --keys; the issuer hands them out at /v1/ledger/keys, those of receipts at /v1/consents/keys',
    );
  const publicKeys: unknown = JSON.parse(readFileSync(keys, 'utf8'));
  if (saysReceipt(document)) return receipt(file, verifyReceipt(document, publicKeys), options.json === true);
  const verification = saysTenantEnd(document)
    ? verifyTenantEnd(document, publicKeys)
    : verifyCertificate(document, publicKeys);
  if (options.json === true) {
    const { ok, final, development, findings } = verification;
    process.stdout.write(`${JSON.stringify({ ok, final, development, findings })}\n`);
  } else if (verification.ok) {
    process.stdout.write(`verified: the operator committed to this and can neither alter nor back-date it\n`);
    process.stdout.write(
      verification.final
        ? 'final: no copy of a key and no backup is left\n'
        : 'not yet final: a backup or a key epoch is still to end\n',
    );
    if (verification.development)
      process.stdout.write('issued in mode development: its clock can be moved, so it is no evidence of time\n');
  } else {
    for (const { about, code, detail } of verification.findings)
      process.stdout.write(`${file}: ${about}: ${code}: ${detail}\n`);
  }
  process.exitCode = verification.ok ? 0 : 1;
}

function receipt(file: string, { ok, findings, development }: ReturnType<typeof verifyReceipt>, json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify({ ok, development, findings })}\n`);
  else if (ok) {
    process.stdout.write('verified: the receipt of a consent, as the operator recorded it\n');
    if (development)
      process.stdout.write('issued in mode development: its clock can be moved, so it is no evidence of time\n');
  } else for (const { code, detail } of findings) process.stdout.write(`${file}: receipt: ${code}: ${detail}\n`);
  process.exitCode = ok ? 0 : 1;
}
