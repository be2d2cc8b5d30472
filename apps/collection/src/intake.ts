import type { http, RefusalCode } from '@lethe/contracts';
import { slotOf, type RecordId, type SubjectRef, type TenantId, type Transaction } from '@lethe/kernel';
import { admit, clauseOf, inForce, refusalText, type Fixed, type Pack } from '@lethe/policy';
import { crashPoint } from '@lethe/platform';
import { bodyDigest, keyDigest, sortOut } from './domain/batch.ts';
import { peopleOf } from './domain/people.ts';
import { pseudonymized } from './domain/pseudonyms.ts';
import { draftParts, type Draft } from './domain/plan.ts';
import { neverChanging } from './never-changing.ts';
import { staleSlots, type Moment, type Room } from './room.ts';
import { FactsStore } from './store/facts.store.ts';
import { IntakeStore } from './store/intake.store.ts';
import { lockSlotsShared } from './store/locks.ts';
import { admissionRefused, sealDrafts } from './sealing-drafts.ts';
import { Overtaken, writeBatch, type FirstAnswer } from './intake-writing.ts';

export type SubmissionAnswer = FirstAnswer & { readonly idempotencyKey: string };

/** One submission under way, with the digests of its key and body. */
export interface Asked {
  readonly submission: http.Submission;
  readonly key: Buffer;
  readonly body: Buffer;
}
export interface Refusing {
  readonly code: RefusalCode;
  readonly clause?: string | undefined;
  readonly field?: string | undefined;
}
/** What becomes of one submission, so far. */
export type Course =
  | { readonly kind: 'answered'; readonly answer: FirstAnswer }
  | { readonly kind: 'echo'; readonly of: number }
  | {
      readonly kind: 'refuse';
      readonly id: string;
      readonly refusal: Refusing;
      readonly remember: boolean;
      /** Recorded and answered, and the platform goes on. */
      readonly shadow?: boolean;
    }
  | {
      readonly kind: 'admit';
      readonly id: string;
      readonly record: RecordId;
      /** Where it is kept (ISO 3166). */
      readonly region: string;
      readonly drafts: readonly Draft[];
      readonly dropped: readonly string[];
    };

/** The version something was collected under; and the one in force now, where that is another. */
interface Law {
  readonly pack: Pack;
  readonly present?: Pack;
}

const ATTEMPTS = 5;

/** Admits personal data by the pack, or refuses it: each submission once, each answered. */
export class Intake {
  constructor(private readonly room: Room) {}

  /** The answers, in the order of the submissions. One transaction for those of each version of the pack. */
  async collect(tenant: TenantId, submissions: readonly http.Submission[], at: Moment): Promise<SubmissionAnswer[]> {
    const { context, idempotency } = this.room;
    const versions = await context.packs.versions(tenant);
    const groups = new Map<Pack, number[]>();
    const asked = submissions.map((submission, index): Asked => {
      const pack = inForce(versions, collectedAt(submission, at.legal));
      const group = groups.get(pack);
      if (group === undefined) groups.set(pack, [index]);
      else group.push(index);
      return {
        submission,
        key: keyDigest(idempotency, tenant, submission.idempotencyKey),
        body: bodyDigest(idempotency, tenant, submission),
      };
    });
    const answers: SubmissionAnswer[] = [];
    const present = inForce(versions, at.legal);
    for (const [pack, indexes] of groups) {
      const given = await this.admitBatch(
        tenant,
        pack === present ? { pack } : { pack, present },
        indexes.map((index) => asked[index]!),
        at,
      );
      indexes.forEach((index, position) => {
        answers[index] = { ...given[position]!, idempotencyKey: submissions[index]!.idempotencyKey };
      });
    }
    return answers;
  }

  /** Again where another batch was first with one of the keys: what that one wrote is then read. */
  private async admitBatch(tenant: TenantId, law: Law, batch: readonly Asked[], at: Moment): Promise<FirstAnswer[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answers = await this.room.context.database.within(tenant, (sql) =>
          this.inOneTransaction(sql, tenant, law, batch, at),
        );
        crashPoint('collection.intake.committed');
        return answers;
      } catch (error) {
        if (!(error instanceof Overtaken) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  private async inOneTransaction(
    sql: Transaction,
    tenant: TenantId,
    { pack, present }: Law,
    batch: readonly Asked[],
    at: Moment,
  ): Promise<FirstAnswer[]> {
    const { context, keyring } = this.room;
    const { region } = context.config;
    const people = new Set(batch.flatMap(({ submission }) => peopleIn(submission)));
    const slot = (subject: SubjectRef): number => slotOf(subject, context.config.slots);
    const slots = [...people].map(slot);
    await lockSlotsShared(sql, tenant, slots);

    const { shadow, ceased } = await this.room.standings.read(sql, tenant);
    const facts = new FactsStore(sql, tenant);
    const remembered = await new IntakeStore(sql, tenant).remembered(batch.map((each) => each.key));
    const known = await facts.of([...people]);
    /* Of whom something is held is somebody; the keyring is asked about the others, and outlives this database. */
    const strangers = await keyring.strangers(
      tenant,
      [...people].filter((subject) => !known.held.has(subject)),
    );
    const matters = await facts.matters(
      batch.flatMap(({ submission }) => (submission.matter === undefined ? [] : [submission.matter])),
    );
    const stale = await staleSlots(context, slots);
    const uncertain = await context.uncertain(sql, tenant, [...people]);
    const fixed: Fixed = await neverChanging(
      sql,
      tenant,
      pack,
      batch.map(({ submission }) => submission),
    );
    const subjects = peopleOf({ ...known, strangers }, uncertain, people, at.legal);

    const standings = sortOut(
      batch.map(({ key, body }) => ({ key: key.toString('hex'), body: body.toString('hex') })),
      new Map(
        [...remembered].map(([key, entry]) => [
          key,
          { body: entry.bodyHmac.toString('hex'), answer: entry.answer as FirstAnswer },
        ]),
      ),
    );
    /* A matter is of whoever it was first submitted for, be it in this batch. */
    const owners = new Map([...matters].map(([matter, { subject }]) => [matter, subject]));
    const courses = batch.map(({ submission }, index): Course => {
      const standing = standings[index]!;
      if (standing.kind === 'echo') return standing;
      if (standing.kind === 'replay') return { kind: 'answered', answer: replayed(standing.answer) };
      const id = context.newId();
      const refuse = (refusal: Refusing): Course => ({
        kind: 'refuse',
        id,
        refusal,
        remember: standing.kind === 'new' && refusal.code !== 'basis-uncertain',
      });
      if (standing.kind === 'reused')
        return refuse({
          code: 'idempotency-key-reused',
          clause: clauseOf(pack, 'idempotency-key-reused'),
          field: 'idempotencyKey',
        });
      const matter = submission.matter === undefined ? undefined : matters.get(submission.matter);
      if (
        submission.matter !== undefined &&
        (owners.get(submission.matter) ?? submission.subject) !== submission.subject
      )
        return refuse({
          code: 'matter-required',
          clause: clauseOf(pack, 'matter-required', submission.purpose),
          field: 'matter',
        });
      const lease = peopleIn(submission).some((subject) => stale.has(slot(subject))) ? 'stale' : 'live';
      const verdict = admit(
        pack,
        { subjects, lease, ceased, zone: at.zone, matter: { anchors: matter?.anchors ?? {} }, present, fixed, region },
        submission,
        at.legal,
      );
      if (verdict.kind === 'refused') return refuse(verdict);
      const record = context.newId() as RecordId;
      const fields = pseudonymized(this.room, tenant, verdict.fields ?? submission.fields, verdict.pseudonyms);
      const drafts = draftParts(
        { ...submission, fields },
        verdict.parts,
        record,
        (_, partClass) => matter?.dates[partClass],
        () => context.newId(),
      );
      const { subject, purpose, declarations } = submission;
      for (const draft of drafts) {
        if (draft.matter !== undefined) owners.set(draft.matter, subject);
        if (draft.subject === subject) fixed.add(subject, purpose, draft.matter, declarations);
      }
      return { kind: 'admit', id, record, region: verdict.region, drafts, dropped: verdict.dropped };
    });

    const sealed = await sealDrafts(sql, this.room, tenant, courses, matters);
    const settled = courses.map((course): Course => {
      if (course.kind !== 'admit') return course;
      const code = admissionRefused(course.drafts, sealed);
      return code === undefined
        ? course
        : {
            kind: 'refuse',
            id: course.id,
            refusal: { code, clause: clauseOf(pack, code, course.drafts[0]?.plan.purpose) },
            remember: true,
          };
    });
    crashPoint('collection.intake.sealed');
    const judged = shadow
      ? settled.map((course): Course =>
          course.kind === 'refuse' && this.room.standings.shadowCovers(course.refusal.code)
            ? { ...course, shadow }
            : course,
        )
      : settled;
    return writeBatch(sql, this.room, { tenant, pack, at }, batch, judged, sealed);
  }
}

const peopleIn = ({ subject, others }: http.Submission): SubjectRef[] => [
  subject,
  ...others.map((other) => other.subject),
];

/** A matter belongs to the person it was made for. */
const replayed = (answer: FirstAnswer): FirstAnswer =>
  answer.outcome === 'admitted' ? { ...answer, replayed: true } : answer;

/** A refusal as it is answered, with a sentence for people. */
export const refusalAnswer = (refusal: Refusing): { code: string; clause?: string; field?: string; text: string } => ({
  code: refusal.code,
  ...(refusal.clause === undefined ? {} : { clause: refusal.clause }),
  ...(refusal.field === undefined ? {} : { field: refusal.field }),
  text: refusalText(refusal.code, 'en'),
});

/** By which moment a submission is judged: when it was collected, as far as that lies in the past. */
function collectedAt({ collectedAt: stated }: http.Submission, now: Date): Date {
  const at = stated === undefined ? now : new Date(stated);
  return at < now ? at : now;
}
