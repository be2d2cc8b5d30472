import { events, type http } from '@lethe/contracts';
import { slotOf, type RecordId, type TenantId, type Transaction } from '@lethe/kernel';
import { evidenceDisposal, type Pack } from '@lethe/policy';
import { crashPoint } from '@lethe/platform';
import { circumstancesOf } from './domain/circumstances.ts';
import type { Draft } from './domain/plan.ts';
import { refusalAnswer, type Asked, type Course } from './intake.ts';
import type { Moment, Room } from './room.ts';
import { matterDatesOf, type Sealed } from './sealing-drafts.ts';
import { FactsStore } from './store/facts.store.ts';
import { IntakeStore, type RefusalEvidence, type Remembered } from './store/intake.store.ts';
import { PartStore, type NewPart } from './store/part.store.ts';

type Answers = (typeof http.Collect)['answer']['_zod']['output']['answers'][number];
/** An answer as it is remembered: references and dates, without the platform's own key, which may say anything. */
export type FirstAnswer = {
  [Outcome in Answers['outcome']]: Omit<Extract<Answers, { outcome: Outcome }>, 'idempotencyKey'>;
}[Answers['outcome']];

/** Another batch was first with one of our keys. */
export class Overtaken extends Error {}

export interface BatchPlace {
  readonly tenant: TenantId;
  readonly pack: Pack;
  readonly at: Moment;
}

/**
 * Writes what a batch has come to, everything that follows from it included, in the caller's transaction: parts, dates of
 * matters, first answers, evidence of refusals, counts, and one announcement a slot. The answers, in the batch's order.
 * @throws Overtaken when one of its keys has been used meanwhile; nothing may then be committed
 */
export async function writeBatch(
  sql: Transaction,
  room: Room,
  place: BatchPlace,
  batch: readonly Asked[],
  courses: readonly Course[],
  sealed: Sealed,
): Promise<FirstAnswer[]> {
  const { tenant, pack, at } = place;
  const intake = new IntakeStore(sql, tenant);
  const answers = courses.map(answerOf);
  const drafts = courses.flatMap((course) => (course.kind === 'admit' ? course.drafts : []));
  const remembered = courses.flatMap((course, index): Remembered[] => {
    if (course.kind !== 'admit' && !(course.kind === 'refuse' && course.remember)) return [];
    const { key, body, submission } = batch[index]!;
    const slot = slotOf(submission.subject, room.context.config.slots);
    return [
      {
        keyHmac: key,
        bodyHmac: body,
        submission: course.id,
        subject: submission.subject,
        slot,
        answer: answers[index],
      },
    ];
  });
  if (!(await intake.remember(remembered, at.machine))) throw new Overtaken();

  await new FactsStore(sql, tenant).addMatterDates(matterDatesOf(drafts));
  await new PartStore(sql, tenant).add(partsOf(room, pack, batch, courses, sealed, at), at.machine);
  await announceParts(sql, room, tenant, drafts, at);
  await writeRefusals(sql, room, place, batch, courses);
  await intake.count(
    [
      { what: 'admitted', n: courses.filter((course) => course.kind === 'admit').length },
      {
        what: 'dropped',
        n: courses.reduce((n, course) => n + (course.kind === 'admit' ? course.dropped.length : 0), 0),
      },
      ...refusedBy(courses),
    ],
    at.machine,
  );
  crashPoint('collection.intake.written');
  return courses.map((course, index) => {
    const answer = course.kind === 'echo' ? answers[course.of] : answers[index];
    if (answer === undefined) throw new Error('a submission was left without an answer');
    return course.kind === 'echo' && answer.outcome === 'admitted' ? { ...answer, replayed: true } : answer;
  });
}

function answerOf(course: Course): FirstAnswer | undefined {
  switch (course.kind) {
    case 'answered':
      return course.answer;
    case 'echo':
      return undefined;
    case 'refuse':
      if (course.shadow === true)
        return {
          outcome: 'admitted',
          submission: course.id,
          record: course.id as RecordId,
          replayed: false,
          parts: [],
          shadow: refusalAnswer(course.refusal),
        };
      return { outcome: 'refused', submission: course.id, refusal: refusalAnswer(course.refusal) };
    case 'admit':
      return {
        outcome: 'admitted',
        submission: course.id,
        record: course.record,
        replayed: false,
        parts: course.drafts.map((draft) => ({
          part: draft.part,
          subject: draft.subject,
          compartment: draft.plan.compartment,
          class: draft.plan.class,
          ...(draft.day === undefined ? {} : { disposal: draft.day }),
          ...(draft.floor === undefined ? {} : { floor: draft.floor }),
          ...(draft.plan.sensitive.length === 0 ? {} : { sensitive: [...draft.plan.sensitive] }),
        })),
        ...(course.dropped.length === 0 ? {} : { dropped: course.dropped.map((name) => name.slice(0, 64)) }),
      };
  }
}

function partsOf(
  room: Room,
  pack: Pack,
  batch: readonly Asked[],
  courses: readonly Course[],
  sealed: Sealed,
  at: Moment,
): NewPart[] {
  return courses.flatMap((course, index): NewPart[] => {
    if (course.kind !== 'admit') return [];
    const { submission } = batch[index]!;
    const collectedAt = submission.collectedAt === undefined ? at.legal : new Date(submission.collectedAt);
    return course.drafts.map((draft) => {
      const { plan, matter } = draft;
      return {
        part: draft.part,
        record: draft.record,
        subject: draft.subject,
        slot: slotOf(draft.subject, room.context.config.slots),
        purpose: plan.purpose,
        compartment: plan.compartment,
        class: plan.class,
        custody: plan.custody,
        method: plan.method,
        basis: plan.basis,
        consent: plan.consent,
        consentVersion: plan.consentVersion,
        notice: plan.notice,
        fields: plan.fields,
        matter,
        disposal: matter === undefined ? draft.day : undefined,
        floor: matter === undefined ? draft.floor : undefined,
        limit: draft.limit,
        collectedAt,
        circumstances: circumstancesOf(pack, submission, course.region, plan.sensitive),
        region: course.region,
        place: plan.custody === 'platform' ? (submission.place ?? 'platform') : undefined,
        sealed: sealed.get(draft.part)?.sealed,
      };
    });
  });
}

/** One announcement a slot, in pieces where a batch made more parts than one event may carry. */
async function announceParts(
  sql: Transaction,
  room: Room,
  tenant: TenantId,
  drafts: readonly Draft[],
  at: Moment,
): Promise<void> {
  const { outbox, config } = room.context;
  const bySlot = new Map<number, Draft[]>();
  for (const draft of drafts) {
    const slot = slotOf(draft.subject, config.slots);
    const same = bySlot.get(slot);
    if (same === undefined) bySlot.set(slot, [draft]);
    else same.push(draft);
  }
  const announcements = [...bySlot].flatMap(([slot, all]) =>
    Array.from({ length: Math.ceil(all.length / 1000) }, (_, piece) => ({
      about: { tenant, slot },
      data: {
        parts: all.slice(piece * 1000, piece * 1000 + 1000).map(({ plan, ...draft }) => ({
          part: draft.part,
          record: draft.record,
          subject: draft.subject,
          purpose: plan.purpose,
          compartment: plan.compartment,
          class: plan.class,
          custody: plan.custody,
          method: plan.method,
          disposal: draft.day,
          matter: draft.matter,
          floor: draft.floor,
          limit: draft.limit,
        })),
      },
    })),
  );
  await outbox.announceAll(sql, events.PartsAdmittedV1, at.machine, announcements);
}

async function writeRefusals(
  sql: Transaction,
  room: Room,
  { tenant, pack, at }: BatchPlace,
  batch: readonly Asked[],
  courses: readonly Course[],
): Promise<void> {
  const refusals = courses.flatMap((course, index): RefusalEvidence[] => {
    if (course.kind !== 'refuse' || course.refusal.code === 'basis-uncertain') return [];
    const { submission } = batch[index]!;
    const purpose = pack.purposes.has(submission.purpose) ? submission.purpose : undefined;
    return [
      {
        submission: course.id,
        subject: submission.subject,
        purpose,
        code: course.refusal.code,
        clause: course.refusal.clause,
        /* An undeclared field's name is the platform's text, not ours to keep. */
        field: course.refusal.code === 'undeclared-field' ? undefined : course.refusal.field,
        shadow: course.shadow ?? false,
        notice:
          submission.notice !== undefined && pack.notices.includes(submission.notice) ? submission.notice : undefined,
      },
    ];
  });
  if (refusals.length === 0) return;
  await new IntakeStore(sql, tenant).addRefusals(refusals, at.legal, evidenceDisposal(pack, at.legal));
  await room.context.outbox.announceAll(
    sql,
    events.SubmissionRefusedV1,
    at.machine,
    refusals
      .filter(({ shadow }) => !shadow)
      .map((refusal) => ({
        about: { tenant, subject: refusal.subject },
        data: { submission: refusal.submission, purpose: refusal.purpose, code: refusal.code, clause: refusal.clause },
      })),
  );
}

function refusedBy(
  courses: readonly Course[],
): { what: 'refused' | 'shadowed'; code: string; clause?: string | undefined; n: number }[] {
  const counted = new Map<string, ReturnType<typeof refusedBy>[number]>();
  for (const course of courses) {
    if (course.kind !== 'refuse') continue;
    const { code, clause } = course.refusal;
    const what = course.shadow === true ? 'shadowed' : 'refused';
    const entry = counted.get(`${what} ${code} ${clause}`) ?? { what, code, clause, n: 0 };
    counted.set(`${what} ${code} ${clause}`, { ...entry, n: entry.n + 1 });
  }
  return [...counted.values()];
}
