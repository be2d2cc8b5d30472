import type { Auditor } from './auditor.ts';
import { SERVICES, type ServiceName } from './cluster.ts';
import { eventually } from './eventually.ts';

const database = (service: ServiceName): string => `lethe_${service}`;

interface PositionRow {
  readonly service: ServiceName;
  readonly consumer: string;
  readonly topic: string;
  readonly slot: number;
  readonly incarnation: string;
  readonly number: number;
  readonly produced: number;
  readonly accounted: number;
  readonly parked: number;
  readonly stopped: string | null;
}

interface HeadRow {
  readonly topic: string;
  readonly slot: number;
  readonly incarnation: string;
  readonly number: number;
}

const positions = async (data: Auditor): Promise<PositionRow[]> =>
  (
    await Promise.all(
      SERVICES.map(async (service) => {
        const rows = await data.rows<Omit<PositionRow, 'service'>>(
          database(service),
          `select consumer, topic, slot, incarnation, number::int, produced::int, parked::int, stopped,
                  (applied + duplicate + refused + dropped + parked + passed_over)::int as accounted from position`,
        );
        return rows.map((row) => ({ ...row, service }));
      }),
    )
  ).flat();

const heads = async (data: Auditor): Promise<HeadRow[]> =>
  (
    await Promise.all(
      SERVICES.map((service) =>
        data.rows<HeadRow>(database(service), 'select topic, slot, incarnation, number::int from slot_head'),
      ),
    )
  ).flat();

/** Waits until every consumer has gone past everything that had been announced when this was called. */
export async function quiet(data: Auditor): Promise<void> {
  for (const service of SERVICES) {
    await eventually(`${service} has numbered what it announced`, async () => {
      const [row] = await data.rows<{ n: number }>(
        database(service),
        `select count(*)::int as n from outbox where number is null and announced_at < clock_timestamp() - interval '1 second'`,
      );
      return row?.n === 0;
    });
  }
  const ends = await heads(data);
  await eventually('every consumer has heard everything', async () => {
    const now = await positions(data);
    const behind = ends.flatMap((end) =>
      now
        .filter(({ topic, slot, number }) => topic === end.topic && slot === end.slot && number < end.number)
        .map(
          ({ service, number }) =>
            `${service} is at ${String(number)} of ${String(end.number)} in ${end.topic}/${String(end.slot)}`,
        ),
    );
    if (behind.length > 0) throw new Error(behind.slice(0, 3).join('; '));
    return now.length > 0;
  });
}

/** Slots in which produced ≠ applied + duplicate + refused + dropped + parked + passed over, and slots that stand (I2). */
export async function unbalanced(data: Auditor): Promise<string[]> {
  return (await positions(data))
    .filter(({ produced, accounted, parked, stopped }) => produced !== accounted || parked > 0 || stopped !== null)
    .map((row) => JSON.stringify(row));
}

/** Numbers a consumer heard out of order, twice, not at all, or under another id than the producer gave them (I3). */
export async function misheard(data: Auditor): Promise<string[]> {
  const wrong: string[] = [];
  const announced = new Map<string, string>();
  for (const service of SERVICES) {
    const rows = await data.rows<{
      topic: string;
      slot: number;
      incarnation: string;
      number: number;
      event_id: string;
    }>(
      database(service),
      'select topic, slot, incarnation, number::int, event_id from outbox where number is not null',
    );
    for (const { topic, slot, incarnation, number, event_id } of rows)
      announced.set(`${topic}/${String(slot)}/${incarnation}/${String(number)}`, event_id);
  }
  let compared = 0;
  for (const service of SERVICES) {
    const rows = await data.rows<{
      consumer: string;
      topic: string;
      slot: number;
      incarnation: string;
      first: number;
      last: number;
      ids: string[];
    }>(
      database(service),
      'select consumer, topic, slot, incarnation, first::int, last::int, ids from heard order by consumer, topic, slot, incarnation, first',
    );
    const next = new Map<string, number>();
    for (const { consumer, topic, slot, incarnation, first, last, ids } of rows) {
      const place = `${topic}/${String(slot)}/${incarnation}`;
      const expected = next.get(`${consumer} ${place}`) ?? 1;
      if (first !== expected)
        wrong.push(`${service}: ${place} goes on at ${String(first)} instead of ${String(expected)}`);
      next.set(`${consumer} ${place}`, last + 1);
      ids.forEach((id, nth) => {
        const told = announced.get(`${place}/${String(first + nth)}`);
        if (told !== undefined) compared += 1;
        if (told !== undefined && told !== id)
          wrong.push(`${service}: ${place}/${String(first + nth)} is another event`);
      });
      if (ids.length !== last - first + 1)
        wrong.push(`${service}: ${place} passed over something from ${String(first)}`);
    }
  }
  if (compared === 0) wrong.push('nothing was compared');
  return wrong;
}

/** How often any consumer heard what it had heard before. */
export async function duplicates(data: Auditor): Promise<number> {
  const counted = await Promise.all(
    SERVICES.map((service) =>
      data.rows<{ n: number }>(database(service), 'select coalesce(sum(duplicate), 0)::int as n from position'),
    ),
  );
  return counted.flat().reduce((sum, { n }) => sum + n, 0);
}

/** How many consumers follow this slot. */
export async function listeners(data: Auditor, topic: string, slot: number): Promise<number> {
  return (await positions(data)).filter((row) => row.topic === topic && row.slot === slot).length;
}
