import { Fault } from '@lethe/kernel';

/** One thing wrong with a policy file. `message` names keys and rules; never a value that could be about a person. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly code: string;
  readonly message: string;
  readonly allowed?: readonly string[];
}

/** `file:line:column: code: message (allowed: …)` */
export function describeFinding(finding: Finding): string {
  const allowed =
    finding.allowed === undefined || finding.allowed.length === 0 ? '' : ` (allowed: ${finding.allowed.join(', ')})`;
  return `${finding.file}:${finding.line}:${finding.column}: ${finding.code}: ${finding.message}${allowed}`;
}

/** A pack that cannot be used, with everything that is wrong with it. */
export class PolicyFault extends Fault {
  constructor(readonly findings: readonly Finding[]) {
    super('invalid', 'policy/pack-invalid', findings.map(describeFinding).join('\n'));
  }
}
