/**
 * What a caller can do about a failure:
 * `invalid` it is wrong and always will be; `missing` it is not here, or not yet; `conflict` someone moved first;
 * `forbidden` the caller may not; `unavailable` something needed is down, try again.
 */
export type FaultKind = 'invalid' | 'missing' | 'conflict' | 'forbidden' | 'unavailable';

/**
 * A failure with a stable code, for machines, and a sentence, for people.
 * Neither may ever hold a value a person or platform sent: they name the field, never its content.
 * A business refusal is not a fault: it is a verdict.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  constructor(
    readonly kind: FaultKind,
    /** `service/what-happened`, kebab-case, stable across releases. */
    readonly code: string,
    message: string,
    /** The field concerned, as a dotted path. */
    readonly field?: string,
  ) {
    super(message);
  }
}
