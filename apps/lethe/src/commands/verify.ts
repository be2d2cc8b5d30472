import { readFileSync } from 'node:fs';
import { verifyCertificate } from '@lethe/ledger';

/** Checks a certificate offline. Exit 0 it verifies, 1 it does not, 2 a file could not be read. */
export async function verify(file: string, options: { readonly keys: string; readonly json?: boolean }): Promise<void> {
  const document = readFileSync(file, 'utf8');
  const verification = verifyCertificate(document, JSON.parse(readFileSync(options.keys, 'utf8')));
  if (options.json === true) {
    const { ok, final, development, findings } = verification;
    process.stdout.write(`${JSON.stringify({ ok, final, development, findings })}\n`);
  } else if (verification.ok) {
    process.stdout.write(`verified: the operator committed to this and can neither alter nor back-date it\n`);
    process.stdout.write(verification.final ? 'final: no copy of a key and no backup is left\n' : 'not yet final: a backup or a key epoch is still to end\n');
    if (verification.development) process.stdout.write('issued in mode development: its clock can be moved, so it is no evidence of time\n');
  } else {
    for (const { about, code, detail } of verification.findings) process.stdout.write(`${file}: ${about}: ${code}: ${detail}\n`);
  }
  process.exitCode = verification.ok ? 0 : 1;
}
