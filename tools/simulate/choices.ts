import type { TenantId } from '@lethe/kernel';
import type { Books } from './books.ts';
import type { Deeds } from './deeds.ts';
import type { Random } from './random.ts';
import type { Races, Kind } from './races.ts';
import { LIKELIER, type Deed } from './ways.ts';
import type { World } from './world.ts';

/** Of one seed, at most. */
const RESTORES = 2;
const VERSIONS = 2;

/** Everything that could be done now, likelier things more than once. @param way deeds that are likelier still */
export function choices(
  deeds: Deeds,
  {
    world,
    tenant,
    books,
    random,
    races,
    way,
  }: { world: World; tenant: TenantId; books: Books; random: Random; races: Races; way: readonly Deed[] },
): (() => Promise<void>)[] {
  const deliveries = world.log.waiting();
  const requests = [...world.requests.keys()];
  const works = world.background.has(tenant);
  const isQuiet = deliveries.length === 0 && requests.length === 0 && !works && !world.restoring.waits;
  const held = books.holds.some(({ state }) => state === 'in-force');
  const tickets = books.copies.filter(({ purpose, stored }) => purpose === 'ticket' && stored);
  const ticketed = tickets.length > 0;
  const floored = tickets.some(({ person }) => person.erasing);
  const open = books.restores.filter(({ state }) => state !== 'over');
  const mayLose = open.some(({ state }) => state === 'proposed') && !books.copies.some(({ lost }) => lost);
  const unconfirmed = open.some(({ state }) => state !== 'confirmed');
  const mayPropose = books.backups.length > 0 && open.length === 0 && books.restores.length < RESTORES;
  const mayActivate = books.proposed.length < VERSIONS && deeds.versions.coming.length > 0;
  const likely: (readonly [Deed, number, () => Promise<void>, Kind?])[] = [
    ['admit', 4, () => deeds.people.admit()],
    // All of one day, so that they end on one.
    ['admit tickets', !ticketed && way.includes('admit tickets') ? 3 : 0, () => deeds.people.admitTickets()],
    ['admit all', 1, () => deeds.people.admitAll()],
    ['consent', 2, () => deeds.people.consent()],
    ['withdraw', 3, () => deeds.people.withdraw(), 'withdraw'],
    ['hold', 3, () => deeds.holds.hold(), 'hold'],
    ['release', held ? 4 : 0, () => deeds.holds.release(), 'release'],
    ['erase', 2, () => deeds.people.erase(), 'erase'],
    ['days', 2, () => deeds.days(1 + random.below(5))],
    ['many days', 1, () => deeds.days(10 + random.below(5))],
    ['sweep', 4, () => deeds.sweep(), 'sweep'],
    ['minute', 1, () => deeds.minute()],
    ['repeat', 1, () => deeds.repeat()],
    ['activate', mayActivate ? 1 : 0, () => deeds.versions.activate(), 'activate'],
    ['back up', books.backups.length < 2 ? 2 : 0, () => deeds.backups.backUp(), 'back up'],
    ['propose', mayPropose ? 6 : 0, () => deeds.backups.propose()],
    ['lose', mayLose ? 8 : 0, () => deeds.backups.lose()],
    ['confirm', unconfirmed ? 8 : 0, () => deeds.backups.confirm(), 'restore'],
    ['restore', world.restoring.waits ? 8 : 0, () => deeds.backups.restore(), 'restore'],
    ['rotate', random.below(4) === 0 ? 1 : 0, () => deeds.rotate(), 'rotate'],
    ['work', works ? 5 : 0, () => deeds.work()],
    ['advance', requests.length > 0 ? 4 : 0, () => deeds.advance(requests)],
    ['deliver', deliveries.length > 0 ? 12 : 0, () => deeds.deliver(deliveries)],
    ['deliver all', deliveries.length > 0 ? 5 : 0, () => deeds.deliverAll()],
    ['past floors', floored && way.includes('past floors') ? 2 : 0, () => deeds.passFloors()],
  ];
  return likely.flatMap(([name, times, deed, kind]) =>
    Array.from({ length: way.includes(name) ? times * LIKELIER : times }, () => () => {
      if (isQuiet) races.quiet();
      if (kind !== undefined) races.begins(kind);
      return deed();
    }),
  );
}
