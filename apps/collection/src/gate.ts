import type { http } from '@lethe/contracts';
import { slotOf, type Sql, type SubjectRef, type TenantId } from '@lethe/kernel';
import { judge, type GateFacts, type GateVerdict } from '@lethe/policy';
import type { z } from 'zod';
import { peopleOf } from './domain/people.ts';
import { refusalAnswer } from './intake.ts';
import { neverChanging } from './never-changing.ts';
import { leaseOf, type Moment, type Room } from './room.ts';
import { FactsStore } from './store/facts.store.ts';
import { Together } from './together.ts';

type Question = z.output<typeof http.gateQuestion>;
type Verdict = z.input<typeof http.gateAnswer>;

/** What the rules must know of these people now, read in one statement. */
export async function gateFacts(
  sql: Sql,
  room: Room,
  tenant: TenantId,
  subjects: readonly SubjectRef[],
  at: Moment,
): Promise<GateFacts> {
  const known = await new FactsStore(sql, tenant).of(subjects);
  const uncertain = await room.context.uncertain(sql, tenant, [...new Set(subjects)]);
  const lease = await leaseOf(
    room.context,
    subjects.map((subject) => slotOf(subject, room.context.config.slots)),
  );
  return { subjects: peopleOf(known, uncertain, new Set(subjects), at.legal), lease, zone: at.zone };
}

export function verdictAnswer(verdict: GateVerdict): Verdict {
  const { classified, treatment, effect, clause, default: before, optional } = verdict;
  const remarks = {
    clause,
    ...(classified === undefined ? {} : { classified }),
    ...(treatment === undefined ? {} : { treatment }),
    ...(effect === undefined ? {} : { effect: effect.en }),
    ...(before === undefined ? {} : { default: before }),
    ...(optional === undefined ? {} : { optional }),
  };
  if (!verdict.may) return { may: false, refusal: refusalAnswer(verdict), ...remarks };
  const { basis, consent, notice, heldBy } = verdict;
  return {
    may: true,
    ...(basis === undefined ? {} : { basis }),
    ...remarks,
    ...(consent === undefined ? {} : { consent }),
    ...(notice === undefined ? {} : { notice }),
    ...(heldBy === undefined ? {} : { heldBy }),
  };
}

/** In shadow mode nobody is held up: the answer is yes, and says what it would have been. */
const shadowed = (answer: Verdict): Verdict => {
  const { refusal, ...rest } = answer;
  return refusal === undefined ? answer : { ...rest, may: true, shadow: refusal };
};

interface Asking {
  readonly questions: readonly Question[];
  readonly at: Moment;
}

/**
 * May it be collected or used, now, for this purpose, about this person? Nothing is opened, nothing is written. Questions
 * that arrive while others are being answered are read together: one read begins after the last of them was asked.
 */
export class Gate {
  private readonly together: Together<Asking, Verdict[]>;

  constructor(private readonly room: Room) {
    this.together = new Together(
      (tenant, asked) => this.answerTogether(tenant, asked),
      ({ questions }) => questions.length,
    );
  }

  mayUse(tenant: TenantId, questions: readonly Question[], at: Moment): Promise<Verdict[]> {
    return this.together.ask(tenant, { questions, at });
  }

  private async answerTogether(tenant: TenantId, together: readonly Asking[]): Promise<Verdict[][]> {
    const pack = await this.room.context.packs.pack(tenant);
    const subjects = together.flatMap(({ questions }) => questions.flatMap(({ subject }) => subject ?? []));
    const latest = together.at(-1)!.at;
    const { shadow, ceased } = await this.room.standings.of(tenant, latest.machine);
    const collected = together.flatMap(({ questions }) =>
      questions.flatMap(({ kind, subject, purpose }) =>
        kind === 'collect' && subject !== undefined && purpose !== undefined ? [{ subject, purpose }] : [],
      ),
    );
    const facts = await this.room.context.database.within(tenant, async (sql) => ({
      ...(await gateFacts(sql, this.room, tenant, subjects, latest)),
      fixed: await neverChanging(sql, tenant, pack, collected),
      ceased,
    }));
    return together.map(({ questions, at }) => {
      const verdicts = questions.map((question) => verdictAnswer(judge(pack, facts, question, at.legal)));
      return shadow ? verdicts.map(shadowed) : verdicts;
    });
  }
}
