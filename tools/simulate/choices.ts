import type { TenantId } from '@lethe/kernel';
import type { Books } from './books.ts';
import type { Deeds } from './deeds.ts';
import type { Random } from './random.ts';
import type { Races, Kind } from './races.ts';
import type { World } from './world.ts';

/** Everything that could be done now, likelier things more than once. */
export function choices(
  deeds: Deeds,
  {
    world,
    tenant,
    books,
    random,
    races,
  }: { world: World; tenant: TenantId; books: Books; random: Random; races: Races },
): (() => Promise<void>)[] {
  const deliveries = world.log.waiting();
  const requests = [...world.requests.keys()];
  const works = world.background.has(tenant);
  const isQuiet = deliveries.length === 0 && requests.length === 0 && !works;
  const held = books.holds.some(({ state }) => state === 'in-force');
  const backedUp = books.backups.length > 0;
  const likely: (readonly [number, () => Promise<void>, Kind?])[] = [
    [4, () => deeds.admit()],
    [1, () => deeds.admitAll()],
    [2, () => deeds.consent()],
    [3, () => deeds.withdraw(), 'withdraw'],
    [3, () => deeds.hold(), 'hold'],
    [held ? 4 : 0, () => deeds.release(), 'release'],
    [2, () => deeds.erase(), 'erase'],
    [2, () => deeds.days(1 + random.below(5))],
    [1, () => deeds.days(10 + random.below(5))],
    [4, () => deeds.sweep(), 'sweep'],
    [1, () => deeds.minute()],
    [1, () => deeds.repeat()],
    [books.backups.length < 2 ? 2 : 0, () => deeds.backUp(), 'back up'],
    [backedUp && books.restores === 0 ? 4 : 0, () => deeds.restore(), 'restore'],
    [random.below(4) === 0 ? 1 : 0, () => deeds.rotate(), 'rotate'],
    [works ? 5 : 0, () => deeds.work()],
    [requests.length > 0 ? 4 : 0, () => deeds.advance(requests)],
    [deliveries.length > 0 ? 12 : 0, () => deeds.deliver(deliveries)],
    [deliveries.length > 0 ? 5 : 0, () => deeds.deliverAll()],
  ];
  return likely.flatMap(([times, deed, kind]) =>
    Array.from({ length: times }, () => () => {
      if (isQuiet) races.quiet();
      if (kind !== undefined) races.begins(kind);
      return deed();
    }),
  );
}
