import { events, readEvent, type Envelope } from '@lethe/contracts';
import type { TenantId, Transaction } from '@lethe/kernel';
import { readThrough } from '@lethe/messaging';
import type { LedgerEntry, LostThing, Quarantine } from '@lethe/platform';
import type { PartLabels } from '@lethe/sealing';
import type { Room } from './room.ts';
import { ANY_HOLD } from './store/part-conditions.ts';

/** A part as its admission was told, and when. */
export type Admitted = Envelope<typeof events.PartsAdmittedV1>['data']['parts'][number];
export type Told = Admitted & { readonly at: string };

/** Parts looked for with one statement. */
const AT_ONCE = 20_000;

export const toldIn = ({ time, data }: Envelope<typeof events.PartsAdmittedV1>): Told[] =>
  data.parts.map((part) => ({ ...part, at: time }));

/** What collection has told of admissions, held against what there is. */
export class Said {
  constructor(private readonly room: Pick<Room, 'context' | 'keyring'>) {}

  /** Its own topic, to its end: parts of a tenant that are neither live nor in the quarantine. What comes after that is live. */
  async away(tenant: TenantId, { schema }: Quarantine): Promise<Told[]> {
    const { log, database } = this.room.context;
    const { topic, type } = events.PartsAdmittedV1;
    const found = new Map<string, Told>();
    let open = new Map<string, Told>();
    const look = async (): Promise<void> => {
      const batch = open;
      open = new Map();
      if (batch.size === 0) return;
      const away = await database.within(tenant, (sql) =>
        sql.query<{ part: string }>(
          `select a.part from unnest($1::uuid[]) as a (part)
            where not exists (select 1 from part p where p.part = a.part) and not exists (select 1 from ${schema}.part q where q.part = a.part)`,
          [[...batch.keys()]],
        ),
      );
      for (const { part } of away) found.set(part, batch.get(part)!);
    };
    await readThrough(
      log,
      [topic],
      () => undefined,
      async ({ records }) => {
        for (const { value } of records) {
          // Most of it is of other people, and not worth reading.
          if (!value.includes(type) || !value.includes(tenant)) continue;
          const json = JSON.parse(value) as { readonly type?: string; readonly tenant?: string };
          if (json.type !== type || json.tenant !== tenant) continue;
          for (const told of toldIn(readEvent(events.PartsAdmittedV1, json))) open.set(told.part, told);
          if (open.size >= AT_ONCE) await look();
        }
      },
    );
    await look();
    return [...found.values()];
  }

  /**
   * Of parts that were admitted, those that are lost: not there, although no key of them was destroyed, or a hold has kept it. What
   * the platform holds has no keys: it is forgotten with its person, its consent or its day, as the ledger has them.
   */
  async lost(
    sql: Transaction,
    tenant: TenantId,
    parts: readonly Told[],
    entries: readonly LedgerEntry[] = [],
  ): Promise<LostThing[]> {
    const found = await sql.query<{
      part: string;
      there: boolean;
      erased: boolean;
      went: boolean;
      held: boolean;
      day: string | null;
    }>(
      `select a.part, exists (select 1 from part p where p.part = a.part) as there,
              exists (select 1 from subject_state s where s.subject = a.subject and s.erased_entry is not null) as erased,
              coalesce((select s.ordered is not null and not exists (select 1 from jsonb_to_recordset(s.ordered) as r (compartment text, class text)
                                       where r.compartment = a.compartment and r.class = a.class)
                          from subject_state s where s.subject = a.subject and s.erased_entry is not null), false)
                or exists (select 1 from shred x where x.subject = a.subject and x.cause = 'withdrawn' and a.compartment = any(x.compartments)
                             and a.at <= x.ordered_at) as went,
              ${ANY_HOLD} as held,
              coalesce((select m.day from matter_date m where m.matter = a.matter and m.class = a.class), a.disposal)::text as day
         from jsonb_to_recordset($1::jsonb) as a (part uuid, subject text, compartment text, matter text, class text, disposal date, at timestamptz)`,
      [JSON.stringify(parts)],
    );
    const known = new Map(found.map((each) => [each.part, each]));
    const away = parts.filter(({ part }) => known.get(part)?.there !== true);
    const ours = away.flatMap((each) => labelsOf(each) ?? []);
    const answers = await this.room.keyring.sealer.forgotten(tenant, ours);
    const dead = new Set<string>(ours.flatMap(({ part }, at) => (answers[at] === true ? [part] : [])));
    const listed = gone(entries);
    return away
      .filter((each) => {
        const { erased = false, went = false, held = false, day = null } = known.get(each.part) ?? {};
        if (each.custody === 'platform') return !(erased || listed(each, day));
        // Rows go also where a key lives on: consent was given anew, or something else of the compartment stays. A hold may have kept it.
        return !(dead.has(each.part) || (!held && (went || listed(each, null))));
      })
      .map(({ part, record }) => ({ part, record }));
  }
}

/** Whether the ledger has the withdrawal of the consent a part rested on, or its day. */
function gone(entries: readonly LedgerEntry[]): (part: Told, day: string | null) => boolean {
  const days = new Set<string>();
  const withdrawals = new Map<string, string>();
  for (const { kind, class: of, day, subject, compartments = [], at } of entries) {
    if (kind === 'disposed' && of !== undefined && day !== undefined) days.add(`${of} ${day}`);
    if (kind === 'withdrawn' && subject !== undefined)
      for (const compartment of compartments) {
        const key = `${subject} ${compartment}`;
        const latest = withdrawals.get(key);
        if (latest === undefined || latest < at) withdrawals.set(key, at);
      }
  }
  return ({ subject, compartment, class: of, at }, day) => {
    const withdrawn = withdrawals.get(`${subject} ${compartment}`);
    return (withdrawn !== undefined && at <= withdrawn) || (day !== null && days.has(`${of} ${day}`));
  };
}

/** Under which keys a part was sealed; undefined for what the platform holds. */
function labelsOf({
  part,
  subject,
  compartment,
  custody,
  matter,
  disposal,
  class: kind,
}: Admitted): PartLabels | undefined {
  if (custody !== 'lethe') return undefined;
  const labels = { part, subject, compartment };
  if (matter !== undefined) return { ...labels, time: { kind: 'matter', matter, class: kind } };
  return disposal && { ...labels, time: { kind: 'day', day: disposal, class: kind } };
}
