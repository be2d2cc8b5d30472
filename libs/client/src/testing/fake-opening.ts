import type { SubjectRef } from '@lethe/kernel';
import {
  clauseOf,
  mayUse,
  type AdmissionFacts,
  type FieldValue,
  type Pack,
  type PlannedPart,
  type RefusalCode,
} from '@lethe/policy';
import type { Copy, Opened } from '../lethe.ts';

/** A part as the fake keeps it: in the clear. */
export interface FakePart {
  readonly part: string;
  readonly record: string;
  readonly plan: PlannedPart;
  readonly matter?: string | undefined;
  readonly declarations: readonly string[];
  readonly collectedAt: Date;
  readonly region: string;
  /** Where the platform keeps it, if it does. */
  readonly place: string;
  readonly values: Readonly<Record<string, FieldValue>>;
  day?: string | undefined;
  floor?: string | undefined;
  restricted: boolean;
}

export interface FakeQuestion {
  readonly purpose: string;
  readonly subject?: string | undefined;
  readonly parts?: readonly string[] | undefined;
  readonly fields?: readonly string[] | undefined;
}

type PartId = Opened['opened'][number]['part'];
type RecordId = Opened['opened'][number]['record'];

const refusal = (pack: Pack, code: RefusalCode, purpose?: string) => ({ code, clause: clauseOf(pack, code, purpose) });
/** Why nobody reads a part, whatever the gate says. */
const unreadable = ({ restricted, plan }: FakePart): RefusalCode | undefined =>
  restricted ? 'restricted' : plan.custody === 'platform' ? 'held-by-platform' : undefined;

/** What is opened and what is not, by the same rules as in the vault. */
export function openFrom(
  pack: Pack,
  facts: AdmissionFacts,
  kept: readonly FakePart[],
  asked: FakeQuestion,
  now: Date,
): Opened {
  const { subject, purpose } = asked;
  const may = (person: string, fields: readonly string[]) =>
    mayUse(pack, facts, { subject: person, purpose, fields, kind: 'use' }, now);
  const sources = [
    purpose,
    ...[...pack.purposes.values()].filter((one) => one.alsoUsedFor.includes(purpose)).map(({ name }) => name),
  ];
  const found = kept.filter(
    ({ part, plan }) =>
      (subject === undefined || plan.subject === subject) &&
      (asked.parts === undefined
        ? subject !== undefined && sources.includes(plan.purpose)
        : asked.parts.includes(part)),
  );
  const opened: Opened['opened'] = [];
  const refused: Opened['refused'] = [];
  for (const part of asked.parts ?? [])
    if (!found.some((one) => one.part === part))
      refused.push({ part: part as PartId, refusal: refusal(pack, 'not-collected') });
  for (const one of found) {
    const { plan } = one;
    const declared = plan.purpose === purpose ? undefined : pack.purposes.get(purpose)?.fields;
    const fields = plan.fields.filter(
      (field) => (declared?.has(field) ?? true) && (asked.fields?.includes(field) ?? true),
    );
    const place = { part: one.part as PartId, subject: plan.subject as SubjectRef };
    const code = sources.includes(plan.purpose) ? unreadable(one) : 'undeclared-purpose';
    const verdict = may(plan.subject, fields);
    if (code !== undefined) refused.push({ ...place, refusal: refusal(pack, code, purpose) });
    else if (!verdict.may) refused.push({ ...place, refusal: { code: verdict.code, clause: verdict.clause } });
    else if (fields.length > 0)
      opened.push({
        ...place,
        record: one.record as RecordId,
        purpose: plan.purpose,
        fields: Object.fromEntries(fields.map((field) => [field, one.values[field] as string])),
      });
  }
  if (found.length === 0 && subject !== undefined && asked.parts === undefined) {
    const verdict = may(subject, asked.fields ?? []);
    const because = verdict.may
      ? refusal(pack, 'not-collected', purpose)
      : { code: verdict.code, clause: verdict.clause };
    refused.push({ subject: subject as SubjectRef, refusal: because });
  }
  return { opened, refused };
}

/** Everything kept of one person. What is only stored is withheld and listed. */
export function copyFrom(pack: Pack, kept: readonly FakePart[], wasErased: boolean): Copy {
  const copy: Copy = { parts: [], withheld: [] };
  for (const one of kept) {
    const { purpose, fields } = one.plan;
    const dates = {
      collectedAt: one.collectedAt.toISOString(),
      ...(one.day === undefined ? {} : { disposal: one.day }),
    };
    const part = one.part as PartId;
    const code = wasErased ? 'subject-erased' : unreadable(one);
    if (code === undefined)
      copy.parts.push({
        ...{ part, record: one.record as RecordId, purpose, ...dates, region: one.region },
        fields: one.values as Copy['parts'][number]['fields'],
      });
    else
      copy.withheld.push({
        part,
        refusal: refusal(pack, code, purpose),
        ...(code === 'held-by-platform' ? { held: { purpose, fields: [...fields], place: one.place, ...dates } } : {}),
      });
  }
  return copy;
}
