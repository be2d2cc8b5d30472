import { isDay } from '@lethe/kernel';
import { judgeAccepted, judgeChildRules } from './acceptance.ts';
import {
  CLOCK_TOLERANCE_MS,
  judgeBasis,
  judgeGuardian,
  judgeInForce,
  judgeState,
  refuse,
  subjectFacts,
} from './basis.ts';
import { classOf, dispose, isDue, waitingLimit } from './disposal.ts';
import type {
  Admission,
  AdmissionFacts,
  FieldValue,
  PlannedDisposal,
  PlannedPart,
  Refusal,
  SubmissionFacts,
} from './facts.ts';
import { localDay } from './memo.ts';
import type { Field, FieldRule, Pack, Purpose } from './pack.ts';

/** When it was collected, and whether the platform says so itself. */
interface When {
  readonly at: Date;
  readonly stated: boolean;
}

/**
 * May this be collected, and if so as which parts, until when? Nothing is admitted in part: one field too many refuses
 * the submission. The verdict depends on the people of the submission and its matter, on nothing else.
 */
export function admit(pack: Pack, facts: AdmissionFacts, submission: SubmissionFacts, now: Date): Admission {
  const purpose = pack.purposes.get(submission.purpose);
  if (purpose === undefined) return refused(refuse(pack, 'undeclared-purpose', undefined, 'purpose'));
  const when = collectedWhen(submission, now);
  if (when === undefined) return refused(refuse(pack, 'wrong-type', purpose, 'collectedAt'));
  const refusal =
    judgeInForce(pack, when.at, facts.zone) ??
    judgeState(pack, purpose, subjectFacts(facts, submission.subject), 'subject') ??
    judgeAccepted(pack, purpose, subjectFacts(facts, submission.subject)) ??
    judgeSubmission(pack, purpose, submission) ??
    judgeFields(pack, purpose, purpose.fields, submission, 'fields', submission.fields) ??
    judgeVariants(pack, purpose, submission) ??
    judgeGuardian(pack, purpose, subjectFacts(facts, submission.subject), 'subject', when) ??
    judgeChildRules(pack, purpose, subjectFacts(facts, submission.subject)) ??
    judgeOthers(pack, facts, purpose, submission, when) ??
    judgeBases(pack, facts, purpose, submission, when);
  if (refusal !== undefined) return refused(refusal);
  return plan(pack, facts, purpose, submission, when, now);
}

function collectedWhen(submission: SubmissionFacts, now: Date): When | undefined {
  if (submission.collectedAt === undefined) return { at: now, stated: false };
  const at = new Date(submission.collectedAt);
  if (Number.isNaN(at.getTime()) || at.getTime() > now.getTime() + CLOCK_TOLERANCE_MS) return undefined;
  return { at: at < now ? at : now, stated: true };
}

/** What is asked of the submission as a whole: the notice, where it comes from, what it declares. */
function judgeSubmission(pack: Pack, purpose: Purpose, submission: SubmissionFacts): Refusal | undefined {
  const { notice, region, declarations } = submission;
  if (notice === undefined ? purpose.noticeRequired : !pack.notices.includes(notice))
    return refuse(pack, 'notice-not-current', purpose, 'notice');
  if (!isWithin(pack, region))
    return refuse(
      pack,
      'territory-not-allowed',
      purpose,
      'region',
      purpose.refusals.get('territory-not-allowed') ?? pack.territory.clause,
    );
  const asked = purpose.declarations;
  if (asked !== undefined && !asked.anyOf.some((each) => declarations.includes(each)))
    return refuse(pack, 'declaration-required', purpose, 'declarations', asked.clause);
  return undefined;
}

/** A region of the pack's list (`CN` covers `CN-SH`) and none of those it takes out. */
const isWithin = (pack: Pack, region: string): boolean =>
  pack.territory.regions.some((each) => region === each || region.startsWith(`${each}-`)) &&
  !pack.territory.except.includes(region);

function judgeFields(
  pack: Pack,
  purpose: Purpose,
  rules: ReadonlyMap<string, FieldRule>,
  submission: SubmissionFacts,
  path: string,
  values: Readonly<Record<string, FieldValue>>,
): Refusal | undefined {
  for (const [name, value] of Object.entries(values)) {
    const field = rules.has(name) ? pack.fields.get(name) : undefined;
    if (field === undefined) return refuse(pack, 'undeclared-field', purpose, `${path}.${name}`);
    if (!hasType(field, value)) return refuse(pack, 'wrong-type', purpose, `${path}.${name}`);
    if (field.permission !== undefined && !submission.declarations.includes(`permission.${field.permission}`)) {
      return refuse(pack, 'permission-required', purpose, `${path}.${name}`, field.clause);
    }
  }
  for (const rule of rules.values()) {
    if (rule.required && isEmpty(Object.hasOwn(values, rule.field) ? values[rule.field] : undefined))
      return refuse(pack, 'missing-field', purpose, `${path}.${rule.field}`);
  }
  return Object.keys(values).length === 0 ? refuse(pack, 'missing-field', purpose, path) : undefined;
}

const isEmpty = (value: FieldValue | undefined): boolean =>
  value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

function hasType(field: Field, value: FieldValue): boolean {
  switch (field.type) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'flag':
      return typeof value === 'boolean';
    case 'day':
      return typeof value === 'string' && isDay(value);
    case 'instant':
      return typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value));
    case 'list':
      return Array.isArray(value) && value.every((each) => typeof each === 'string');
  }
}

/** Where a purpose has variants, one of them must be complete; the first one begun says what is missing. */
function judgeVariants(pack: Pack, purpose: Purpose, submission: SubmissionFacts): Refusal | undefined {
  const missing = purpose.variants.map((variant) => variant.filter((name) => isEmpty(submission.fields[name])));
  if (purpose.variants.length === 0 || missing.some((names) => names.length === 0)) return undefined;
  const begun = missing.find((names, index) => names.length < (purpose.variants[index]?.length ?? 0)) ?? missing[0];
  return refuse(pack, 'missing-field', purpose, `fields.${begun?.[0] ?? ''}`);
}

/** People known only through the one who submits: their data comes with a declaration, or not at all. */
function judgeOthers(
  pack: Pack,
  facts: AdmissionFacts,
  purpose: Purpose,
  submission: SubmissionFacts,
  when: When,
): Refusal | undefined {
  const named = new Set([submission.subject]);
  for (const [index, other] of submission.others.entries()) {
    const path = `others.${index}`;
    const rule = purpose.others;
    if (rule === undefined) return refuse(pack, 'undeclared-field', purpose, path);
    if (named.has(other.subject)) return refuse(pack, 'wrong-type', purpose, `${path}.subject`);
    named.add(other.subject);
    if (other.declaration !== rule.declaration)
      return refuse(pack, 'declaration-required', purpose, `${path}.declaration`, rule.clause);
    const person = subjectFacts(facts, other.subject);
    const refusal =
      judgeState(pack, purpose, person, `${path}.subject`) ??
      judgeGuardian(pack, purpose, person, `${path}.subject`, when) ??
      judgeFields(pack, purpose, rule.fields, submission, `${path}.fields`, other.fields);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function judgeBases(
  pack: Pack,
  facts: AdmissionFacts,
  purpose: Purpose,
  submission: SubmissionFacts,
  when: When,
): Refusal | undefined {
  const bases = new Set(Object.keys(submission.fields).flatMap((name) => purpose.fields.get(name)?.basis ?? []));
  for (const basis of bases) {
    const refusal = judgeBasis(pack, facts, purpose, basis, submission.subject, when);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** The parts, each with its dates; refused where an anchor's matter is missing, or a part would be due already. */
function plan(
  pack: Pack,
  facts: AdmissionFacts,
  purpose: Purpose,
  submission: SubmissionFacts,
  when: When,
  now: Date,
): Admission {
  const people = [
    { subject: submission.subject, rules: purpose.fields, fields: submission.fields },
    ...submission.others.map((other) => ({
      subject: other.subject,
      rules: purpose.others?.fields ?? new Map<string, FieldRule>(),
      fields: other.fields,
    })),
  ];
  const parts = new Map<string, PlannedPart & { readonly fields: string[] }>();
  for (const { subject, rules, fields } of people) {
    for (const name of Object.keys(fields)) {
      const rule = rules.get(name);
      if (rule === undefined) continue;
      const key = `${subject} ${rule.basis.kind} ${rule.compartment} ${rule.class}`;
      const known = parts.get(key);
      if (known !== undefined) {
        known.fields.push(name);
        continue;
      }
      const disposal = planDisposal(pack, facts, rule.class, submission, when);
      if (disposal === undefined) return refused(refuse(pack, 'matter-required', purpose, 'matter'));
      if (disposal.kind === 'dated' && isDue(disposal.day, now, facts.zone ?? pack.zone))
        return refused(refuse(pack, 'already-due', purpose, undefined, classOf(pack, rule.class).clause));
      const consent = rule.basis.kind === 'consent' ? subjectFacts(facts, subject).consents[purpose.name] : undefined;
      parts.set(key, {
        subject,
        purpose: purpose.name,
        fields: [name],
        basis: rule.basis.kind,
        ...(consent === undefined ? {} : { consent: consent.consent, consentVersion: consent.version }),
        compartment: rule.compartment,
        class: rule.class,
        custody: purpose.custody,
        method: classOf(pack, rule.class).method,
        disposal,
        clause: rule.clause,
      });
    }
  }
  return { kind: 'admitted', parts: [...parts.values()] };
}

function planDisposal(
  pack: Pack,
  facts: AdmissionFacts,
  className: string,
  submission: SubmissionFacts,
  when: When,
): PlannedDisposal | undefined {
  const disposalClass = classOf(pack, className);
  const { anchor } = disposalClass;
  if (pack.anchors.get(anchor)?.matter === undefined)
    return { kind: 'dated', anchor, ...dispose(disposalClass, localDay(when.at, facts.zone ?? pack.zone)) };
  if (submission.matter === undefined) return undefined;
  const anchors = facts.matter?.anchors ?? {};
  const at = Object.hasOwn(anchors, anchor) ? anchors[anchor] : undefined;
  if (at === undefined) return { kind: 'waiting', anchor, limit: waitingLimit(pack, className, when.at) };
  return { kind: 'dated', anchor, ...dispose(disposalClass, localDay(at, facts.zone ?? pack.zone)) };
}

const refused = (refusal: Refusal): Admission => ({ kind: 'refused', ...refusal });
