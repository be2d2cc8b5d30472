import { verifyCertificate } from '@lethe/ledger';
import type { PartId, TenantId } from '@lethe/kernel';
import type { Books } from './books.ts';
import type { Violation } from './checks.ts';
import type { Deeds } from './deeds.ts';
import { SERVICES } from './house.ts';
import type { World } from './world.ts';

const K = 5;

/** How long a day that was disposed of and still counts parts waits until it is ordered again. Machine time. */
const AGAIN_AFTER_MS = 11 * 60_000;

/** Everything is delivered, worked off and swept; what was not answered is asked again. */
async function rest(world: World, books: Books, deeds: Deeds): Promise<void> {
  await world.beat();
  await deeds.moveClock();
  await world.everything();
  await deeds.people.again();
  await books.look();
  for (const request of books.requests) if (request.request === undefined) await deeds.people.ask(request);
  await world.pass(AGAIN_AFTER_MS);
  await world.beat();
  // Whoever opens something has its keys in memory.
  await books.open();
  await deeds.sweep();
  await world.everything();
}

/** What must hold when nothing is under way any more. */
export async function atRest(world: World, tenant: TenantId, books: Books, deeds: Deeds): Promise<Violation[]> {
  await rest(world, books, deeds);
  await deeds.holds.askAboutHolds();
  return [
    ...(await accounts(world, tenant)),
    ...(await announced(world, tenant, books)),
    ...(await cells(world, tenant)),
    ...(await atTheDoor(world, tenant, books)),
  ];
}

/** I17: what only a floor or a hold keeps of an erased person is opened for nobody; a ticket of anybody else is. */
async function atTheDoor(world: World, tenant: TenantId, books: Books): Promise<Violation[]> {
  await books.look();
  const asked = books.copies.filter(({ purpose, stored }) => purpose === 'ticket' && stored);
  if (asked.length === 0) return [];
  const { opening } = world.collection;
  const { opened } = await opening.open(
    tenant,
    'lethe#app',
    { purpose: 'ticket', use: 'serving', parts: asked.map(({ part }) => part as PartId) },
    await world.collection.moment(tenant),
  );
  const open = new Set<string>(opened.map(({ part }) => part));
  return asked
    .filter(({ part, person, disposal }) =>
      person.erasing ? open.has(part) : disposal > books.today && !open.has(part),
    )
    .map(({ name, person }) => ({
      invariant: 'I17',
      says: `${name} of ${person.name}, ${person.erasing ? 'who is erased, is opened' : 'who is not erased, is not opened'} at the door`,
    }));
}

/** What must hold when every hold is released, every date is past and the keys of the epoch are gone. */
export async function atTheEnd(world: World, tenant: TenantId, books: Books, deeds: Deeds): Promise<Violation[]> {
  await deeds.holds.releaseAll();
  await rest(world, books, deeds);
  await deeds.rotate();
  await world.everything();
  return [
    ...(await accounts(world, tenant)),
    ...(await announced(world, tenant, books)),
    ...(await cells(world, tenant)),
    ...(await requests(world, tenant, books)),
    ...(await nothingLeft(world, tenant)),
  ];
}

/** I2: for each slot what was produced is accounted for, and nothing waits or stands. */
async function accounts(world: World, tenant: TenantId): Promise<Violation[]> {
  const found: Violation[] = [];
  const says = (text: string): void => void found.push({ invariant: 'I2', says: text });
  for (const name of world.log.stopped()) says(`${name} stands`);
  for (const service of SERVICES) {
    const { consumer } = world.house(service).running;
    for (const one of await consumer.accounts()) {
      const { produced, applied, duplicate, refused, dropped, parked, passedOver } = one;
      if (produced !== applied + duplicate + refused + dropped + parked + passedOver)
        says(`${service} ${one.topic} does not add up`);
    }
    for (const { tenant: whose, topic, type, code } of await consumer.parked())
      if (whose === tenant) says(`${service} ${topic}: ${type} is parked, ${code}`);
  }
  return found;
}

/** I4: what was stored was announced, and what was announced was stored. */
async function announced(world: World, tenant: TenantId, books: Books): Promise<Violation[]> {
  const told = new Set<string>();
  for (const { value } of world.log.records('lethe.collection', 0)) {
    const event = JSON.parse(value) as { type: string; tenant: string; data: { parts: { part: string }[] } };
    if (event.tenant === tenant && event.type.startsWith('collection.parts-admitted'))
      for (const { part } of event.data.parts) told.add(part);
  }
  const seen = new Set(books.copies.map(({ part }) => part));
  return [
    ...books.copies.filter(({ part }) => !told.has(part)).map(({ name }) => `${name} was stored and never announced`),
    ...[...told].filter((part) => !seen.has(part)).map(() => 'a part was announced and never stored'),
  ].map((says) => ({ invariant: 'I4', says }));
}

/** I19: no cell of fewer people than the pack says. */
async function cells(world: World, tenant: TenantId): Promise<Violation[]> {
  const small = await world.look<{ people: number }>(
    'collection',
    'select people from cell where tenant = $1 and people < $2',
    [tenant, K],
  );
  return small.map(({ people }) => ({ invariant: 'I19', says: `a cell of ${String(people)} people was kept` }));
}

/** I24, I28, I42: each request ends in one certificate that verifies, and in a final statement. */
async function requests(world: World, tenant: TenantId, books: Books): Promise<Violation[]> {
  const found: Violation[] = [];
  const rows = await world.look<{ request: string; progress: string; certificates: number; document: string | null }>(
    'erasure',
    `select r.request, r.progress, count(c.certificate)::int as certificates, max(c.document) as document
     from request r left join certificate c using (tenant, request) where r.tenant = $1 group by 1, 2`,
    [tenant],
  );
  const { keys } = world.recording.keys();
  for (const { name, request, receipt } of books.requests) {
    const row = rows.find((one) => one.request === request);
    if (row?.progress !== 'final' || row.certificates !== 1 || row.document === null) {
      found.push({
        invariant: 'I28',
        says: `${name} is ${row?.progress ?? 'not there'} with ${String(row?.certificates ?? 0)} certificates`,
      });
      continue;
    }
    const { ok, final } = verifyCertificate(row.document, { keys }, { request: row.request, receipt: receipt! });
    if (!ok || !final) found.push({ invariant: 'I42', says: `the certificate of ${name} does not verify` });
  }
  return found;
}

/** Counts agree: nothing is counted, ordered, backed up or kept that is not there any more. */
async function nothingLeft(world: World, tenant: TenantId): Promise<Violation[]> {
  const found: Violation[] = [];
  const none = async (invariant: string, service: 'retention' | 'collection', says: string, text: string) => {
    const rows = await world.look<Record<string, unknown>>(service, text, [tenant]);
    if (rows.length > 0)
      found.push({ invariant, says: `${says}: ${rows.map((row) => Object.values(row).join(' ')).join('; ')}` });
  };
  await none(
    'I2',
    'retention',
    'counted and not there',
    `select class, day, sum(parts) from day_tally where tenant = $1 group by 1, 2 having sum(parts) <> 0`,
  );
  await none(
    'I14',
    'retention',
    'orders open',
    `select class, day from disposal_order where tenant = $1 and closed_at is null`,
  );
  await none(
    'I23',
    'retention',
    'backups left',
    `select state, isolated_because from backup where tenant = $1 and state <> 'purged'`,
  );
  return found;
}
