import type { DisposalOrder, Lethe, Submission } from '@lethe/client';
import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import type { Auditor } from './auditor.ts';
import type { Doors } from './doors.ts';
import { eventually } from './eventually.ts';

const WAIT_MS = 10_000;

interface Due {
  readonly class: string;
  readonly day: string;
  readonly parts: number;
  readonly held: number;
}

interface OrderRow {
  readonly order: string;
  readonly class: string;
  readonly day: string;
  readonly found: number;
  readonly held: number;
  readonly deleted: number;
  readonly done: boolean;
  readonly acks: readonly string[];
}

const ordersOf = (data: Auditor, tenant: string): Promise<OrderRow[]> =>
  data.rows<OrderRow>(
    'lethe_retention',
    `select order_id as order, class, day::text as day, found::int as found, held::int as held, deleted::int as deleted,
            closed_at is not null and swept_at is not null as done,
            array(select participant from disposal_participant p where p.tenant = o.tenant and p.order_id = o.order_id
                   and acked_at is not null) as acks
       from disposal_order o where tenant = $1 order by class, day`,
    [tenant],
  );

/** Events of a type a service has announced, by the order they are about. */
async function toldOf(data: Auditor, service: string, tenant: string, type: string): Promise<Map<string, number>> {
  const rows = await data.rows<{ order: string; times: number }>(
    `lethe_${service}`,
    `select value::jsonb->'data'->>'order' as order, count(*)::int as times from outbox
      where tenant = $1 and value::jsonb->>'type' = $2 group by 1`,
    [tenant, type],
  );
  return new Map(rows.map(({ order, times }) => [order, times]));
}

/** What of one tenant is due, planted through the doors with one person under a hold and a store of the platform that takes part. */
export class DueDays {
  readonly #due = new Map<string, Due>();
  readonly #handled = new Map<string, number>();
  #submissions = 0;
  #answering: Promise<void> = Promise.resolve();

  constructor(
    private readonly doors: Doors,
    /** It takes part as `archive`, with every class that is due. */
    private readonly platform: Lethe,
    private readonly held: SubjectRef,
  ) {}

  get days(): readonly Due[] {
    return [...this.#due.values()].sort((one, other) =>
      `${one.class} ${one.day}` < `${other.class} ${other.day}` ? -1 : 1,
    );
  }

  /** @throws Error if anything is refused */
  async collect(submissions: readonly Submission[]): Promise<void> {
    for (const answer of await this.platform.collect(submissions)) {
      if (answer.outcome !== 'admitted') throw new Error(`refused: ${answer.refusal.code}`);
      for (const { class: of, disposal: day = '', subject } of answer.parts) {
        const { parts, held } = this.#due.get(`${of} ${day}`) ?? { parts: 0, held: 0 };
        const keeps = subject === this.held ? 1 : 0;
        this.#due.set(`${of} ${day}`, { class: of, day, parts: parts + 1, held: held + keeps });
      }
    }
    this.#submissions += submissions.length;
  }

  /** Holds whoever is held, has the store take part, and waits until retention has counted all that came in. */
  async holdAndListen(): Promise<void> {
    const scope = { kind: 'subject' as const, subject: this.held };
    const body = { scope, reason: 'litigation', authority: 'court', reviewOn: '2027-01-01' };
    await this.doors.ask('officer', http.PlaceHold, { body });
    await this.platform.onDisposal(async ({ order }: DisposalOrder) => {
      this.#handled.set(order, (this.#handled.get(order) ?? 0) + 1);
      await this.#answering;
      return { found: 1, deleted: 1, rescan: 0 };
    });
    await eventually('all is counted', async () => {
      const { tallies } = await this.doors.ask('auditor', http.Forecast);
      const counted = tallies.filter((tally) => this.#due.has(`${tally.class} ${tally.day ?? ''}`));
      return counted.reduce((sum, { parts }) => sum + parts, 0) === this.#submissions;
    });
  }

  /** The store has the orders and says nothing until the function that this gives is called. */
  silence(): () => void {
    let speak = () => undefined as void;
    this.#answering = new Promise((resolve) => (speak = resolve));
    return speak;
  }

  /** Orders what is due, whoever may be killed meanwhile. */
  async order(waitMs = 0): Promise<void> {
    await this.doors.ask('operator', http.Sweep, { body: { waitMs } }).catch(() => undefined);
  }

  async untilCarriedOut(): Promise<void> {
    const classes = new Set(this.days.map((due) => due.class));
    await eventually('every order is carried out', async () => {
      const { outstanding } = await this.doors.ask('operator', http.Sweep, { body: { waitMs: WAIT_MS } });
      const { tallies } = await this.doors.ask('auditor', http.Forecast);
      return outstanding === 0 && tallies.every((tally) => !classes.has(tally.class) || tally.state === 'swept');
    });
  }

  /**
   * Each day was ordered, recorded, carried out and answered for once, with counts that add up, and nothing but what is held is left.
   * @param data quiet
   */
  async expectOnce(data: Auditor): Promise<void> {
    const { tenant } = this.doors;
    const orders = await ordersOf(data, tenant);
    expect(orders).toEqual(
      this.days.map(({ parts, held, ...due }) => ({
        ...{ ...due, order: expect.any(String) as string, found: parts, held },
        ...{ deleted: parts - held, done: true, acks: ['archive'] },
      })),
    );
    const once = new Map(orders.map(({ order }) => [order, 1]));
    expect(await toldOf(data, 'retention', tenant, 'retention.disposal-ordered.v2')).toEqual(once);
    expect(await toldOf(data, 'erasure', tenant, 'erasure.disposal-recorded.v1')).toEqual(once);
    expect(await toldOf(data, 'collection', tenant, 'collection.disposal-effective.v1')).toEqual(once);
    expect(await toldOf(data, 'collection', tenant, 'collection.disposal-swept.v1')).toEqual(once);
    expect(await toldOf(data, 'retention', tenant, 'retention.platform-disposal-acked.v2')).toEqual(once);
    expect([...this.#handled.keys()].sort()).toEqual([...once.keys()].sort());
    const recorded = await data.rows<{ entry: number }>(
      'lethe_erasure',
      `select distinct (value::jsonb->'data'->>'entry')::int as entry from outbox join ledger_record r
           on r.tenant = outbox.tenant and r.entry = (value::jsonb->'data'->>'entry')::int
        where outbox.tenant = $1 and value::jsonb->>'type' = 'erasure.disposal-recorded.v1'`,
      [tenant],
    );
    expect(recorded).toHaveLength(orders.length);
    const left = await data.rows<{ class: string; day: string; parts: number; held: number }>(
      'lethe_collection',
      `select class, disposal::text as day, count(*)::int as parts, (count(*) filter (where subject = $2))::int as held
         from part where tenant = $1 and class = any($3) group by 1, 2 order by 1, 2`,
      [tenant, this.held, this.days.map((due) => due.class)],
    );
    expect(left).toEqual(this.days.flatMap(({ held, ...due }) => (held === 0 ? [] : [{ ...due, parts: held, held }])));
    const tallies = await data.rows<{ parts: number }>(
      'lethe_retention',
      'select sum(parts)::int as parts from day_tally where tenant = $1 and class = any($2)',
      [tenant, this.days.map((due) => due.class)],
    );
    expect(tallies).toEqual([{ parts: 0 }]);
    expect((await this.doors.ask('officer', http.Findings)).open).toEqual({});
  }
}
