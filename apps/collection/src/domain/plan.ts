import type { http } from '@lethe/contracts';
import type { Day, MatterId, PartId, RecordId, SubjectRef } from '@lethe/kernel';
import type { PlannedPart } from '@lethe/policy';

/** A part that is about to be sealed and stored: the rule's plan with ids, dates and the values it is about. */
export interface Draft {
  readonly part: PartId;
  readonly record: RecordId;
  readonly subject: SubjectRef;
  readonly plan: PlannedPart;
  /** Present where the date may move: the part is then sealed under the matter's key. */
  readonly matter?: MatterId;
  /** Whose matter it is: the person it was submitted for, whomever this part of it is about. */
  readonly owner?: SubjectRef;
  /** The day before whose end it must be gone; absent while it waits. */
  readonly day?: Day | undefined;
  readonly floor?: Day | undefined;
  readonly limit?: Day | undefined;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Turns what the rules planned for one submission into drafts. A matter that has a date for the class already keeps it
 * for its later parts: they share one key, and so one day.
 */
export function draftParts(
  submission: Omit<http.Submission, 'fields'> & { readonly fields: Readonly<Record<string, unknown>> },
  planned: readonly PlannedPart[],
  record: RecordId,
  dateOf: (matter: MatterId, partClass: string) => Day | undefined,
  newId: () => string,
): Draft[] {
  return planned.map((plan) => {
    const fields =
      plan.subject === submission.subject
        ? submission.fields
        : submission.others.find((other) => other.subject === plan.subject)?.fields;
    const values: Record<string, unknown> = {};
    for (const field of plan.fields) values[field] = fields?.[field];
    const common = { part: newId() as PartId, record, subject: plan.subject as SubjectRef, plan, values };
    if (plan.disposal.anchor === 'collection' || submission.matter === undefined) {
      return plan.disposal.kind === 'dated'
        ? { ...common, day: plan.disposal.day, floor: plan.disposal.floor }
        : { ...common, limit: plan.disposal.limit };
    }
    const known = dateOf(submission.matter, plan.class);
    const ofMatter = { ...common, matter: submission.matter, owner: submission.subject };
    return plan.disposal.kind === 'dated'
      ? { ...ofMatter, day: known ?? plan.disposal.day, floor: plan.disposal.floor }
      : { ...ofMatter, day: known, limit: plan.disposal.limit };
  });
}
