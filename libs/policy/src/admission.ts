import { isDay } from '@lethe/kernel';
import { judgeAccepted, judgeChildRules, judgeConsentScope } from './acceptance.ts';
import { isAhead, judgeBasis, judgeGuardian, judgeInForce, judgeState, refuse, subjectFacts } from './basis.ts';
import { classOf, disposalUnder, dispose, goesOn, isChild, isDue, isSensitiveAge, waitingLimit } from './disposal.ts';
import type {
  Admission,
  AdmissionFacts,
  FieldValue,
  PlannedDisposal,
  PlannedPart,
  Refusal,
  SubjectFacts,
  SubmissionFacts,
} from './facts.ts';
import { judgeTracker } from './gate/tracker.ts';
import { localDay } from './memo.ts';
import type { DisposalClass, FieldRule, Pack, Purpose } from './pack.ts';
import {
  isDeclared,
  isGranted,
  judgeCeased,
  judgeDependence,
  judgeMoment,
  judgeUse,
  judgeWhere,
  ruled,
  saidNo,
} from './rules/circumstances.ts';
import { judgeException } from './rules/exceptions.ts';
import { judgeFixed } from './rules/fixed.ts';
import { judgeSource } from './rules/sources.ts';
import { judgeRegion, judgeStored, regionOf } from './rules/territory.ts';
import { hasType, isEmpty, isSensitive, judgeValue, sift } from './rules/values.ts';

/** When it was collected, and whether the platform says so itself. */
interface When {
  readonly at: Date;
  readonly stated: boolean;
}

/**
 * May this be collected, and if so as which parts, until when? Nothing is admitted in part: one field too many refuses
 * the submission, unless the purpose says that it is left out. The verdict depends on the people of the submission and
 * its matter, on nothing else.
 */
export function admit(pack: Pack, facts: AdmissionFacts, asked: SubmissionFacts, now: Date): Admission {
  const purpose = pack.purposes.get(asked.purpose);
  if (purpose === undefined) return refused(refuse(pack, 'undeclared-purpose', undefined, 'purpose'));
  const when = collectedWhen(asked, now);
  if (when === undefined) return refused(refuse(pack, 'date-in-future', purpose, 'collectedAt'));
  const misplaced = judgeCustody(pack, purpose, asked);
  if (misplaced !== undefined) return refused(misplaced);
  const given = asked.held === undefined ? asked.fields : { ...named(asked.held), ...asked.fields };
  const { fields, dropped } = sift(pack, purpose, purpose.fields, given);
  const submission = fields === asked.fields ? asked : { ...asked, fields };
  const person = grown(pack, purpose.fields, subjectFacts(facts, submission.subject), submission.fields, now);
  const sensitive = Object.keys(submission.fields).some((field) => isSensitive(pack, field, person));
  const region = regionOf(purpose, submission.region, facts.region);
  const refusal =
    judgeCeased(pack, purpose, facts.ceased, submission.product, now) ??
    judgeInForce(pack, when.at, facts.zone) ??
    judgeState(pack, purpose, person, 'subject') ??
    judgeWhere(pack, purpose, submission) ??
    (submission.exception === undefined ? judgeAccepted(pack, purpose, person) : undefined) ??
    judgeSubmission(pack, facts, purpose, submission, region) ??
    judgeSource(pack, facts, purpose, submission, sensitive, when.at) ??
    judgeUse(pack, purpose, submission.use) ??
    judgeFields(pack, purpose, purpose.fields, submission, person, 'fields', submission.fields) ??
    judgeVariants(pack, purpose, submission) ??
    judgeDependence(pack, purpose, person) ??
    judgeOfAge(pack, purpose, person, submission, when) ??
    judgeOthers(pack, facts, purpose, submission, when, now) ??
    judgeBases(pack, facts, purpose, submission, sensitive, when);
  if (refusal !== undefined) return refused(refusal);
  const parts = plan(pack, facts, purpose, submission, person, when, now);
  if (!Array.isArray(parts)) return refused(parts);
  const own = parts.flatMap((part) => (part.subject === submission.subject ? [part.class] : []));
  const fixed = judgeFixed(pack, facts, purpose, submission.subject, own, submission.matter);
  if (fixed !== undefined) return refused(fixed);
  return {
    kind: 'admitted',
    region,
    parts,
    dropped,
    pseudonyms: pseudonymsOf(pack, facts, purpose, submission),
    ...(fields === asked.fields ? {} : { fields }),
  };
}

/** Stands for a value that stays with the platform. */
const ELSEWHERE: FieldValue = Object.freeze(['elsewhere']);
const named = (names: readonly string[]): Readonly<Record<string, FieldValue>> =>
  Object.fromEntries(names.map((name) => [name, ELSEWHERE]));

/** Names without values, and a place, belong to what the platform holds itself; of everything else Lethe wants the values. */
function judgeCustody(pack: Pack, purpose: Purpose, { held, place }: SubmissionFacts): Refusal | undefined {
  if (purpose.custody === 'platform') return undefined;
  if (held !== undefined && held.length > 0) return refuse(pack, 'wrong-type', purpose, 'held');
  return place === undefined ? undefined : refuse(pack, 'wrong-type', purpose, 'place');
}

function collectedWhen(submission: SubmissionFacts, now: Date): When | undefined {
  if (submission.collectedAt === undefined) return { at: now, stated: false };
  const at = new Date(submission.collectedAt);
  if (Number.isNaN(at.getTime()) || isAhead(at, now)) return undefined;
  return { at: at < now ? at : now, stated: true };
}

/** A day of birth in the submission says more about the person's age than was known. */
function grown(
  pack: Pack,
  rules: ReadonlyMap<string, FieldRule>,
  person: SubjectFacts,
  values: Readonly<Record<string, FieldValue>>,
  now: Date,
): SubjectFacts {
  for (const [name, value] of Object.entries(values)) {
    if (pack.fields.get(name)?.birth !== true || !rules.has(name) || typeof value !== 'string' || !isDay(value))
      continue;
    const guardian = isChild(pack, value, now) && person.guardian === 'not-needed' ? 'missing' : person.guardian;
    return { ...person, guardian, ...(isSensitiveAge(pack, value, now) ? { sensitive: true } : {}) };
  }
  return person;
}

/** What is asked of the submission as a whole: the notice, where it is kept, what it declares, how it was taken. */
function judgeSubmission(
  pack: Pack,
  facts: AdmissionFacts,
  purpose: Purpose,
  submission: SubmissionFacts,
  region: string,
): Refusal | undefined {
  const { notice, declarations } = submission;
  if (notice === undefined ? purpose.noticeRequired : !pack.notices.includes(notice))
    return refuse(pack, 'notice-not-current', purpose, 'notice');
  const elsewhere =
    judgeRegion(pack, facts, purpose, region, submission.subject, submission.abroad) ??
    judgeStored(pack, purpose, region, facts.region);
  if (elsewhere !== undefined) return elsewhere;
  const asked = purpose.declarations;
  if (asked !== undefined && !isDeclared(asked, declarations))
    return refuse(pack, 'declaration-required', purpose, 'declarations', asked.clause);
  if (pack.permissions !== undefined)
    for (const each of declarations)
      if (each.startsWith('permission.') && !pack.permissions.has(each.slice('permission.'.length)))
        return ruled(pack, 'permission-not-declared', purpose, 'declarations', undefined);
  const moment = judgeMoment(pack, purpose, declarations);
  if (moment !== undefined || submission.tracker === undefined) return moment;
  return judgeTracker(pack, facts, {
    tracker: submission.tracker,
    doNotTrack: submission.doNotTrack,
    purpose: submission.purpose,
    subject: submission.subject,
    fields: Object.keys(submission.fields),
  });
}

function judgeFields(
  pack: Pack,
  purpose: Purpose,
  rules: ReadonlyMap<string, FieldRule>,
  submission: SubmissionFacts,
  person: SubjectFacts,
  path: string,
  values: Readonly<Record<string, FieldValue>>,
): Refusal | undefined {
  for (const [name, value] of Object.entries(values)) {
    const field = rules.has(name) ? pack.fields.get(name) : undefined;
    if (field === undefined) return refuse(pack, 'undeclared-field', purpose, `${path}.${name}`);
    if (value !== ELSEWHERE && !hasType(field, value)) return refuse(pack, 'wrong-type', purpose, `${path}.${name}`);
    if (field.permission !== undefined) {
      const granted = isGranted(pack, field.permission, submission.declarations);
      if (!granted || saidNo(person, `permission.${field.permission}`))
        return refuse(pack, 'permission-required', purpose, `${path}.${name}`, field.clause);
    }
    if (value !== ELSEWHERE && (field.secret || field.accept !== undefined)) {
      const unfit = judgeValue(pack, purpose, field, value, `${path}.${name}`);
      if (unfit !== undefined) return unfit;
    }
  }
  for (const rule of rules.values()) {
    if (rule.required && isEmpty(Object.hasOwn(values, rule.field) ? values[rule.field] : undefined))
      return refuse(pack, 'missing-field', purpose, `${path}.${rule.field}`);
  }
  return Object.keys(values).length === 0 ? refuse(pack, 'missing-field', purpose, path) : undefined;
}

/** Where a purpose has variants, one of them must be complete; the first one begun says what is missing. */
function judgeVariants(pack: Pack, purpose: Purpose, submission: SubmissionFacts): Refusal | undefined {
  const missing = purpose.variants.map((variant) => variant.filter((name) => isEmpty(submission.fields[name])));
  if (purpose.variants.length === 0 || missing.some((names) => names.length === 0)) return undefined;
  const begun = missing.find((names, index) => names.length < (purpose.variants[index]?.length ?? 0)) ?? missing[0];
  return refuse(pack, 'missing-field', purpose, `fields.${begun?.[0] ?? ''}`);
}

/** A child's data needs a guardian, unless it comes on a ground the pack lets stand without one. */
const judgeOfAge = (
  pack: Pack,
  purpose: Purpose,
  person: SubjectFacts,
  { exception }: SubmissionFacts,
  when: When,
): Refusal | undefined =>
  exception !== undefined && pack.minors.grounds.includes(exception.ground)
    ? undefined
    : (judgeGuardian(pack, purpose, person, 'subject', when) ?? judgeChildRules(pack, purpose, person));

/** People known only through the one who submits: their data comes with a declaration, or not at all. */
function judgeOthers(
  pack: Pack,
  facts: AdmissionFacts,
  purpose: Purpose,
  submission: SubmissionFacts,
  when: When,
  now: Date,
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
    const person = grown(pack, rule.fields, subjectFacts(facts, other.subject), other.fields, now);
    const refusal =
      judgeState(pack, purpose, person, `${path}.subject`) ??
      judgeGuardian(pack, purpose, person, `${path}.subject`, when) ??
      judgeFields(pack, purpose, rule.fields, submission, person, `${path}.fields`, other.fields);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** A ground cited stands in the place of every consent the fields would need; it is judged even where none is. */
function judgeBases(
  pack: Pack,
  facts: AdmissionFacts,
  purpose: Purpose,
  submission: SubmissionFacts,
  sensitive: boolean,
  when: When,
): Refusal | undefined {
  if (submission.exception !== undefined) return judgeException(pack, purpose, submission.exception, sensitive);
  const bases = new Set(Object.keys(submission.fields).flatMap((name) => purpose.fields.get(name)?.basis ?? []));
  for (const basis of bases) {
    const refusal = judgeBasis(pack, facts, purpose, basis, submission.subject, when);
    if (refusal !== undefined) return refusal;
  }
  return judgeConsentScope(pack, purpose, subjectFacts(facts, submission.subject), Object.keys(submission.fields));
}

/** The parts, each with its dates; refused where an anchor's matter is missing, or a part would be due already. */
function plan(
  pack: Pack,
  facts: AdmissionFacts,
  purpose: Purpose,
  submission: SubmissionFacts,
  submitter: SubjectFacts,
  when: When,
  now: Date,
): PlannedPart[] | Refusal {
  const told = purpose.others?.fields ?? new Map<string, FieldRule>();
  const people = [
    { subject: submission.subject, person: submitter, rules: purpose.fields, fields: submission.fields },
    ...submission.others.map(({ subject, fields }) => ({
      subject,
      person: grown(pack, told, subjectFacts(facts, subject), fields, now),
      rules: told,
      fields,
    })),
  ];
  const parts = new Map<string, PlannedPart & { readonly fields: string[]; readonly sensitive: string[] }>();
  for (const { subject, person, rules, fields } of people) {
    for (const name of Object.keys(fields)) {
      const rule = rules.get(name);
      if (rule === undefined) continue;
      const excepted = submission.exception !== undefined && rule.basis.kind === 'consent';
      /* No consent's key may close over what does not rest on the consent. */
      const compartment = excepted && rule.compartment.startsWith('consent.') ? 'contract' : rule.compartment;
      const basis = excepted ? 'exception' : rule.basis.kind;
      const key = `${subject} ${basis} ${compartment} ${rule.class}`;
      const known = parts.get(key);
      if (known !== undefined) {
        known.fields.push(name);
        if (isSensitive(pack, name, person)) known.sensitive.push(name);
        continue;
      }
      /* A class may have been shortened since this was collected. */
      const disposalClass = facts.present?.classes.get(rule.class) ?? classOf(pack, rule.class);
      const disposal = planDisposal(disposalClass, pack, facts, submission, when);
      if (disposal === undefined) return refuse(pack, 'matter-required', purpose, 'matter');
      if (disposal.kind === 'dated' && isDue(goesOn(disposalClass, disposal.day), now, facts.zone ?? pack.zone))
        return refuse(pack, 'already-due', purpose, undefined, disposalClass.clause);
      const consent = basis === 'consent' ? subjectFacts(facts, subject).consents[purpose.name] : undefined;
      const notice = submission.notice ?? consent?.notice;
      parts.set(key, {
        subject,
        purpose: purpose.name,
        fields: [name],
        basis,
        sensitive: isSensitive(pack, name, person) ? [name] : [],
        ...(consent === undefined ? {} : { consent: consent.consent, consentVersion: consent.version }),
        ...(notice === undefined ? {} : { notice }),
        compartment,
        class: rule.class,
        custody: purpose.custody,
        method: disposalClass.method,
        disposal,
        clause: rule.clause,
      });
    }
  }
  return [...parts.values()];
}

function planDisposal(
  disposalClass: DisposalClass,
  pack: Pack,
  facts: AdmissionFacts,
  submission: SubmissionFacts,
  when: When,
): PlannedDisposal | undefined {
  const { anchor, name } = disposalClass;
  const zone = facts.zone ?? pack.zone;
  if (pack.anchors.get(anchor)?.matter === undefined)
    return { kind: 'dated', anchor, ...dispose(disposalClass, localDay(when.at, zone)) };
  if (submission.matter === undefined) return undefined;
  const date = disposalUnder(disposalClass, { ...facts.matter?.anchors, collection: when.at }, zone);
  return date === undefined
    ? { kind: 'waiting', anchor, limit: waitingLimit(pack, name, when.at) }
    : { kind: 'dated', anchor, ...date };
}

/** Direct identifiers of what is joined to a person here, unless the person or a ground lets them stand as they are. */
function pseudonymsOf(
  pack: Pack,
  facts: AdmissionFacts,
  purpose: Purpose,
  submission: SubmissionFacts,
): readonly string[] {
  if (purpose.deidentify === undefined) return [];
  const unless = pack.joining?.unless ?? [];
  const cited = submission.exception?.ground;
  if (cited !== undefined && unless.includes(cited)) return [];
  const consents = subjectFacts(facts, submission.subject).consents;
  if (unless.includes('consent') && consents[purpose.name]?.state === 'given') return [];
  return Object.keys(submission.fields).filter((name) => pack.fields.get(name)?.identifier === true);
}

const refused = (refusal: Refusal): Admission => ({ kind: 'refused', ...refusal });
