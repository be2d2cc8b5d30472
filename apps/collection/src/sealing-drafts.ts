import type { RefusalCode } from '@lethe/contracts';
import type { Day, MatterId, SubjectRef, TenantId, Transaction } from '@lethe/kernel';
import type { SealItem, SealRefusal } from '@lethe/sealing';
import type { Draft } from './domain/plan.ts';
import type { Course } from './intake.ts';
import type { Room } from './room.ts';
import { DisposalStore } from './store/disposal.store.ts';
import type { MatterFact } from './store/facts.store.ts';

/** Ciphertexts by part; a code where the part may not be stored after all. */
export type Sealed = ReadonlyMap<string, { readonly sealed?: Buffer; readonly refused?: RefusalCode }>;

const CODES: Readonly<Record<SealRefusal, RefusalCode>> = {
  'subject-key-dead': 'subject-erased',
  'day-closing': 'already-due',
  'day-dead': 'already-due',
};

/** Under which key of a person a part is sealed: a consent's parts under the consent's version, so that its withdrawal finds them. */
const generationOf = ({ plan }: Draft): { generation?: number } =>
  plan.consentVersion === undefined ? {} : { generation: plan.consentVersion };

const timeOf = (draft: Draft): SealItem['time'] | undefined => {
  if (draft.matter !== undefined) return { kind: 'matter', matter: draft.matter, class: draft.plan.class };
  return draft.day === undefined ? undefined : { kind: 'day', day: draft.day, class: draft.plan.class };
};

const hasClosed = (closed: ReadonlySet<string>, draft: Draft): boolean =>
  draft.day !== undefined && closed.has(`${draft.plan.class} ${draft.day}`);

/**
 * Seals what a batch admits. Called under the slots' shared locks: a day that is not closing now cannot close before the
 * batch has committed, and keys are durable before it does.
 */
export async function sealDrafts(
  sql: Transaction,
  room: Room,
  tenant: TenantId,
  courses: readonly Course[],
  matters: ReadonlyMap<string, MatterFact>,
): Promise<Sealed> {
  const drafts = courses.flatMap((course) => (course.kind === 'admit' ? course.drafts : []));
  const results = new Map<string, { sealed?: Buffer; refused?: RefusalCode }>();
  if (drafts.length === 0) return results;

  const days = new Map(
    drafts.flatMap((draft) =>
      draft.day === undefined
        ? []
        : [[`${draft.plan.class} ${draft.day}`, { class: draft.plan.class, day: draft.day }]],
    ),
  );
  const closed = await new DisposalStore(sql, tenant).closed([...days.values()]);
  const items: SealItem[] = [];
  for (const draft of drafts) {
    if (hasClosed(closed, draft)) results.set(draft.part, { refused: 'already-due' });
    else if (draft.plan.custody === 'platform') results.set(draft.part, {});
    else {
      const time = timeOf(draft);
      if (time === undefined) results.set(draft.part, { refused: 'matter-required' });
      else
        items.push({
          part: draft.part,
          subject: draft.subject,
          compartment: draft.plan.compartment,
          time,
          ...generationOf(draft),
          plaintext: Buffer.from(JSON.stringify(draft.values)),
        });
    }
  }
  const outcomes = items.length === 0 ? [] : await room.keyring.sealer.seal(tenant, items);
  outcomes.forEach((outcome, index) => {
    results.set(
      items[index]!.part,
      outcome.reason === undefined ? { sealed: outcome.sealed } : { refused: CODES[outcome.reason] },
    );
  });

  /* The first parts of a matter whose anchor has already come: its key goes under the day at once. */
  const dated = firstOfDatedMatters(drafts, matters).filter(({ part }) => results.get(part)?.sealed !== undefined);
  const datings = dated.length === 0 ? [] : await room.keyring.dateMatters(tenant, dated);
  for (const [index, { matter, kind }] of dated.entries()) {
    if (datings[index]!.outcome === 'dated') continue;
    for (const other of drafts)
      if (other.matter === matter && other.plan.class === kind) results.set(other.part, { refused: 'already-due' });
  }
  return results;
}

function firstOfDatedMatters(
  drafts: readonly Draft[],
  matters: ReadonlyMap<string, MatterFact>,
): { part: string; matter: MatterId; kind: string; day: Day }[] {
  const first = new Map<string, ReturnType<typeof firstOfDatedMatters>[number]>();
  for (const { part, matter, day, plan } of drafts) {
    if (matter === undefined || day === undefined || plan.custody === 'platform') continue;
    const kind = plan.class;
    if (matters.get(matter)?.dates[kind] !== undefined || first.has(`${matter} ${kind}`)) continue;
    first.set(`${matter} ${kind}`, { part, matter, kind, day });
  }
  return [...first.values()];
}

/** A submission is stored whole or not at all: the first code among its parts, if one may not be stored. */
export const admissionRefused = (drafts: readonly Draft[], sealed: Sealed): RefusalCode | undefined =>
  drafts.map((draft) => sealed.get(draft.part)?.refused).find((code) => code !== undefined);

/** The rows that carry the common dates of matters. */
export const matterDatesOf = (
  drafts: readonly Draft[],
): {
  matter: MatterId;
  subject: SubjectRef;
  class: string;
  day?: Day | undefined;
  floor?: Day | undefined;
  limit?: Day | undefined;
}[] => [
  ...new Map(
    drafts.flatMap((draft) =>
      draft.matter === undefined || draft.owner === undefined
        ? []
        : [
            [
              `${draft.matter} ${draft.plan.class}`,
              {
                matter: draft.matter,
                subject: draft.owner,
                class: draft.plan.class,
                day: draft.day,
                floor: draft.floor,
                limit: draft.limit,
              },
            ] as const,
          ],
    ),
  ).values(),
];
