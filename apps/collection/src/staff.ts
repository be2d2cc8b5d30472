import type { http } from '@lethe/contracts';
import { Fault, type Sql, type SubjectRef, type TenantId } from '@lethe/kernel';
import { evidenceDisposal, judgeStaff, type Pack, type Refusal, type SubjectFacts } from '@lethe/policy';
import type { z } from 'zod';
import type { Moment, Room } from './room.ts';
import { StaffStore, type StaffApproval } from './store/staff.store.ts';

type Asked = z.output<NonNullable<(typeof http.ApproveStaff)['body']>>;
type Staff = NonNullable<z.output<NonNullable<(typeof http.Open)['body']>>['staff']>;

/** Approvals by which staff reach what they may not reach without. */
export class StaffApprovals {
  constructor(private readonly room: Room) {}

  /** @throws Fault `invalid` for a purpose the pack does not name, or an end that is past */
  async approve(tenant: TenantId, by: string, asked: Asked, at: Moment): Promise<string> {
    const { context } = this.room;
    const pack = await context.packs.pack(tenant);
    if (!pack.purposes.has(asked.purpose))
      throw new Fault('invalid', 'collection/undeclared-purpose', 'the pack has no such purpose', 'purpose');
    const until = new Date(asked.until);
    if (!(until > at.legal)) throw new Fault('invalid', 'collection/over-already', 'an approval ends later', 'until');
    if (by === asked.staff)
      throw new Fault('forbidden', 'collection/own-approval', 'nobody approves their own access', 'staff');
    const approval = context.newId();
    await context.database.within(tenant, (sql) =>
      new StaffStore(sql, tenant).approve(
        { ...asked, approval, until, by },
        at.legal,
        evidenceDisposal(pack, at.legal),
      ),
    );
    return approval;
  }
}

/** What staff ask, judged person by person; the approval is read once a question. */
export async function staffJudge(
  sql: Sql,
  tenant: TenantId,
  pack: Pack,
  staff: Staff,
  purpose: string,
  now: Date,
): Promise<(subject: SubjectRef, person: SubjectFacts, fields: readonly string[]) => Refusal | undefined> {
  const approval =
    staff.approval === undefined ? undefined : await new StaffStore(sql, tenant).approval(staff.approval);
  const reaches = (given: StaffApproval, subject: SubjectRef, fields: readonly string[]): boolean =>
    given.staff === staff.id &&
    given.subject === subject &&
    given.purpose === purpose &&
    given.until > now &&
    (given.fields === undefined || fields.every((field) => given.fields?.includes(field)));
  return (subject, person, fields) =>
    judgeStaff(pack, pack.purposes.get(purpose), person, {
      approved: approval !== undefined && reaches(approval, subject, fields),
      copy: staff.copy,
    });
}
