import type { http } from '@lethe/contracts';
import { slotOf, type Sql, type SubjectRef, type TenantId } from '@lethe/kernel';
import { mayUse, type GateFacts, type GateVerdict } from '@lethe/policy';
import type { z } from 'zod';
import { peopleOf } from './domain/people.ts';
import { refusalAnswer } from './intake.ts';
import { leaseOf, type Moment, type Room } from './room.ts';
import { FactsStore } from './store/facts.store.ts';

type Question = z.output<typeof http.gateQuestion>;
type Verdict = z.input<typeof http.gateAnswer>;

/** What the rules must know of these people now, read in one statement. */
export async function gateFacts(sql: Sql, room: Room, tenant: TenantId, subjects: readonly SubjectRef[], at: Moment): Promise<GateFacts> {
  const known = await new FactsStore(sql, tenant).of(subjects);
  const uncertain = await room.context.uncertain(sql, tenant, [...new Set(subjects)]);
  const lease = await leaseOf(room.context, subjects.map((subject) => slotOf(subject, room.context.config.slots)));
  return { subjects: peopleOf(known, uncertain, new Set(subjects), at.legal), lease, zone: at.zone };
}

export function verdictAnswer(verdict: GateVerdict): Verdict {
  if (!verdict.may) return { may: false, clause: verdict.clause, refusal: refusalAnswer(verdict) };
  return {
    may: true, basis: verdict.basis, clause: verdict.clause,
    ...(verdict.consent === undefined ? {} : { consent: verdict.consent }), ...(verdict.notice === undefined ? {} : { notice: verdict.notice }),
  };
}

/** May it be collected or used, now, for this purpose, about this person? Nothing is opened, nothing is written. */
export class Gate {
  constructor(private readonly room: Room) {}

  async mayUse(tenant: TenantId, questions: readonly Question[], at: Moment): Promise<Verdict[]> {
    const pack = await this.room.context.packs.pack(tenant);
    const facts = await this.room.context.database.within(tenant, (sql) => gateFacts(sql, this.room, tenant, questions.map((each) => each.subject), at));
    return questions.map((question) => verdictAnswer(mayUse(pack, facts, question, at.legal)));
  }
}
