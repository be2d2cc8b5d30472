import { events, http, type Envelope, type EventDefinition, type Service } from '@lethe/contracts';
import type { MatterId } from '@lethe/kernel';
import type { Bug } from './life.ts';
import { PERIODS } from './versions.ts';
import type { Deed } from './ways.ts';

const DAY_MS = 86_400_000;
/** Each planted bug has this many seeds to be caught in. */
export const SEEDS_A_BUG = 100;
/** A seed that catches it, to be tried first. */
const CAUGHT_BY: Readonly<Record<string, number>> = {
  'an admission counted on another day': 3,
  'a hold acknowledged before the lock': 5,
  'a hold that keeps nothing': 5,
  'rows that go under their hold': 28,
  'a day key that outlives its order': 3,
  'a release that releases nothing': 5,
  'kept keys that were not copied aside': 28,
  'an outbox row written outside the transaction': 3,
  'kept keys that outlive their hold': 28,
  'a fold below k': 2,
  'a subject key that outlives its erasure': 16,
  'an erasure that leaves rows': 2,
  'an acknowledgment counted twice': 7,
  'an erasure that takes what the law keeps': 1,
  'a floor that ends with the day': 70,
  'a door that hands out what only a law keeps': 4,
  'a withdrawal that is effective before it is applied': 50,
  'a cache without eviction': 3,
  'isolation skipped': 6,
  'an epoch destroyed before its proof': 2,
  'an erasure that is ordered and never shredded': 4,
  'a duplicate that was none after a restore': 1,
  'a merge that lets in nothing': 4,
  'a replay that returns no entries': 6,
  'a restore that drops nothing': 20,
  'a longer period for what came in before it': 6,
  'work that fails once': 3,
};

/** By which invariants a bug is caught; what ends a seed otherwise, an error above all, does not show that it can be. */
export const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'a hold acknowledged before the lock': ['I15'],
  'a hold that keeps nothing': ['I15'],
  'rows that go under their hold': ['I15'],
  'an admission counted on another day': ['I2'],
  'a release that releases nothing': ['I14', 'I16', 'I22', 'I35'],
  'a day key that outlives its order': ['I14', 'I35'],
  'a subject key that outlives its erasure': ['I17', 'I22', 'I35'],
  'kept keys that were not copied aside': ['I15'],
  'kept keys that outlive their hold': ['I14', 'I16', 'I22', 'I35'],
  'an outbox row written outside the transaction': ['I4'],
  'a withdrawal that is effective before it is applied': ['I7'],
  'a fold below k': ['I19'],
  'an erasure that leaves rows': ['I14', 'I16', 'I22'],
  'an erasure that takes what the law keeps': ['I17'],
  'a floor that ends with the day': ['I17'],
  'a door that hands out what only a law keeps': ['I17'],
  'an acknowledgment counted twice': ['I2'],
  'an erasure that is ordered and never shredded': ['I17', 'I22', 'I28', 'I35'],
  'a cache without eviction': ['I22', 'I35'],
  'isolation skipped': ['I37'],
  'an epoch destroyed before its proof': ['I34'],
  'a duplicate that was none after a restore': ['I2', 'log'],
  'a merge that lets in nothing': ['I37'],
  'a replay that returns no entries': ['I37'],
  'a restore that drops nothing': ['I37'],
  'a longer period for what came in before it': ['I18'],
  'an end that is told before its keys are dead': ['I35'],
  'work that fails once': ['log'],
};

/** Every seed a bug has to be caught in, likelier ones first. */
export function seedsFor(bug: string): number[] {
  const first = CAUGHT_BY[bug] ?? 1;
  const others = Array.from({ length: SEEDS_A_BUG }, (_, n) => n + 1).filter((seed) => seed !== first);
  return [first, ...others];
}

const wire =
  <Definition extends EventDefinition>(
    definition: Definition,
    change: (data: Envelope<Definition>['data']) => Envelope<Definition>['data'] | undefined,
  ) =>
  (event: Envelope): Envelope | undefined => {
    if (event.type !== definition.type) return event;
    const data = change(event.data as Envelope<Definition>['data']);
    return data === undefined ? undefined : { ...event, data };
  };

const keepsNothing = wire(events.HoldPlacedV1, (data) => ({
  ...data,
  scope: { kind: 'matter' as const, matter: 'AAAAAAAAAAAAAAAAAAAAAA' as MatterId },
}));
const holdsAPart = wire(events.HoldRecordedV2, (data) => ({ ...data, parts: 1 }));

/** The keyring says that it has done what it has not. */
const undone =
  (method: string, answer: unknown): NonNullable<Bug['keyring']> =>
  (called, real) =>
    called === method ? Promise.resolve(answer) : real();

const inService = (service: Service, pattern: RegExp) => (at: Service, text: string) =>
  at === service && pattern.test(text);
/** A statement that does nothing. */
const never = (service: Service, pattern: RegExp) => {
  const concerned = inService(service, pattern);
  return (at: Service, text: string): string =>
    concerned(at, text) ? text.replace(/\bwhere\b/i, 'where false and') : text;
};

/** To a restore that has something to bring back. */
const LOSING: readonly Deed[] = ['admit all', 'back up', 'propose', 'lose', 'confirm', 'restore', 'deliver all'];

/** What is told in a later life of who tells it is taken for what was heard in the one before. */
function takenForKnown(): Bug {
  const first = new Map<string, string>();
  const later = new Set<string>();
  return {
    way: LOSING,
    records: (topic, records) => {
      for (const { incarnation } of records) {
        if (!first.has(topic)) first.set(topic, incarnation);
        if (first.get(topic) !== incarnation) later.add(incarnation);
      }
      return records;
    },
    rows: (_, text, rows) =>
      text.startsWith('select incarnation, number, last_id')
        ? rows.map((row) => ({ ...(row as { former: string[] }), former: [...later] }))
        : [...rows],
  };
}

/** Of an order to destroy keys: what only a withdrawal has. */
interface Order {
  readonly generationAtMost: number;
}

/** What nobody notices but a log: the first day that is to be closed is not, and then it is. */
function failsOnce(): Bug {
  let failed = false;
  return {
    keyring: (method, real) => {
      if (failed || method !== 'closeDay') return real();
      failed = true;
      return Promise.reject(new Error('planted'));
    },
  };
}

/** The keyring says that the keys of a day are dead, and destroys them when it is next asked for something. */
function killsLate(): Bug {
  const late: (() => Promise<unknown>)[] = [];
  return {
    keyring: async (method, real) => {
      for (const kill of late.splice(0)) await kill();
      if (method !== 'destroyDayKey') return real();
      late.push(real);
      return { entry: 1, keys: 1, destroyedAt: new Date(), effectiveAt: new Date() };
    },
  };
}

/** What a longer version says is said of what came in before it, too: its days come later to whoever orders them. */
function readsBack(): Bug {
  const longer = new Set<unknown>();
  return {
    way: ['activate', 'admit', 'admit all', 'deliver all'],
    wire: (event) => {
      if (event.type !== events.PackActivatedV1.type) return event;
      const { packVersion } = event.data as Envelope<typeof events.PackActivatedV1>['data'];
      if (packVersion.endsWith('longer')) longer.add(event.tenant);
      return event;
    },
    rows: (at, text, rows, values) => {
      if (at !== 'retention' || !longer.has(values[0]) || !text.includes('o.closed_at as "closedAt"')) return [...rows];
      const through = Date.parse(values[1] as string);
      return rows.filter((row) => {
        const { class: name, day } = row as { class: string; day: string };
        const more =
          PERIODS.longer[name as keyof typeof PERIODS.longer] - PERIODS.first[name as keyof typeof PERIODS.first];
        return Number.isNaN(more) || Date.parse(day) + more * DAY_MS <= through;
      });
    },
  };
}

/** Planted from outside, on what services are given: the wire, the database, the keyring, each other's answers. */
export const BUGS: Readonly<Record<string, Bug>> = {
  /** Retention hears that a hold keeps a part; collection has heard of no person to keep anything of. */
  'a hold acknowledged before the lock': { wire: (event) => holdsAPart(keepsNothing(event)!) },
  /** The hold stands, and says of nothing that it keeps it. */
  'a hold that keeps nothing': { wire: wire(events.HoldRecordedV2, (data) => ({ ...data, parts: 0 })) },
  /** What a hold alone keeps beyond its date is taken for what nothing keeps: its keys live, its rows go. */
  'rows that go under their hold': {
    statement: (at, text) =>
      at === 'collection' ? text.replace(/(\bp\.kept) and not case when[\s\S]*?else false end/g, '$1') : text,
  },
  /** The announcement of an admission says that its part is due a year later. */
  'an admission counted on another day': {
    wire: wire(events.PartsAdmittedV1, (data) => ({
      parts: data.parts.map((part) =>
        part.disposal === undefined
          ? part
          : { ...part, disposal: part.disposal.replace(/^\d+/, (year) => String(Number(year) + 1)) },
      ),
    })),
  },
  /** A release names a hold that nobody knows. */
  'a release that releases nothing': {
    wire: wire(events.HoldReleasedV1, (data) => ({ ...data, hold: '00000000-0000-7000-8000-000000000000' })),
  },
  /** The day's key is said to be dead, and is there. */
  'a day key that outlives its order': {
    keyring: (method, real) =>
      method === 'destroyDayKey'
        ? Promise.resolve({ entry: 1, keys: 1, destroyedAt: new Date(), effectiveAt: new Date() })
        : real(),
  },
  /** The same of the keys of a person. */
  'a subject key that outlives its erasure': {
    keyring: (method, real) =>
      method === 'destroySubjectKeys' || method === 'forgetSubject'
        ? Promise.resolve({ entry: 1, keys: 1, destroyedAt: new Date(), effectiveAt: new Date() })
        : real(),
  },
  'kept keys that were not copied aside': { keyring: undone('keep', { kept: 0, lost: [] }) },
  'kept keys that outlive their hold': { keyring: undone('releaseKept', { keys: 1, at: new Date(0) }) },
  /** An event is told even where what it tells of is rolled back. */
  'an outbox row written outside the transaction': {
    apart: inService('collection', /^insert into outbox/),
    crash: 'collection intake.written',
  },
  /** Consent answers at once that everybody has applied it. */
  'a withdrawal that is effective before it is applied': { applied: () => true },
  /** Of each cell one person is left. */
  'a fold below k': {
    statement: (at, text) =>
      at === 'collection' && text.includes('insert into cell') ? text.replace('c.people', '1') : text,
  },
  /** Rows of an erased person stay. */
  'an erasure that leaves rows': {
    statement: never('collection', /^\s*delete from part|delete from part p? ?(using|where)/i),
  },
  /** What a disposal found is counted out twice. */
  'an acknowledgment counted twice': {
    wire: wire(events.DisposalEffectiveV1, (data) => ({ ...data, found: data.found * 2 })),
  },
  /** What a law keeps is erased with the rest. */
  'an erasure that takes what the law keeps': {
    way: ['admit tickets', 'erase', 'advance', 'deliver all'],
    keyring: (method, real, values) => {
      const [, , compartments, { generationAtMost } = {}] = values as [unknown, unknown, string[], Partial<Order>?];
      if (method === 'destroySubjectKeys' && generationAtMost === undefined)
        (values as unknown[])[2] = [...compartments, 'statutory'];
      return real();
    },
  },
  /** What a law keeps of an erased person goes on its day, as everybody's does. */
  'a floor that ends with the day': {
    way: ['admit tickets', 'erase', 'advance', 'deliver all'],
    statement: (at, text) =>
      at === 'collection' ? text.replace('(coalesce(p.floor, d.floor, p.restricted_until) <= $1::date or', '(') : text,
  },
  /** Of whom it is asked for a value, collection knows neither that they are erased nor that a part is kept by a floor alone. */
  'a door that hands out what only a law keeps': {
    way: ['admit tickets', 'erase', 'advance', 'deliver all'],
    rows: (at, text, rows) => {
      if (at !== 'collection') return [...rows];
      if (text.startsWith("select 'consent' as kind"))
        return rows.filter((row) => (row as { kind: string }).kind !== 'subject');
      return rows.map((row) => {
        const { sealed, restricted } = row as { sealed?: unknown; restricted?: boolean };
        return sealed !== undefined && restricted === true ? { ...(row as object), restricted: false } : row;
      });
    },
  },
  /** A certificate is issued on the word of a service that has not acted. */
  'an erasure that is ordered and never shredded': { wire: wire(events.ShredOrderedV1, () => undefined) },
  /** The keyring hears of no eviction, and says that it has forgotten what it was to forget. */
  'a cache without eviction': {
    cluster: (text, rows) =>
      text.includes('keyring.poll(') ? rows.map((row) => ({ ...row, number: null })) : [...rows],
  },
  /** Its key stays where every service login reads it. */
  'isolation skipped': { keyring: undone('isolateBackupKey', { at: new Date(0) }) },
  /** To whoever wraps keys anew, and proves that all are, there seem to be none. */
  'an epoch destroyed before its proof': {
    cluster: (text, rows) => (/from keyring\.\w+ where wrapped is not null and/.test(text) ? [] : [...rows]),
  },
  /** Numbers that begin anew with another life are taken for those of the first. */
  'a duplicate that was none after a restore': takenForKnown(),
  /** A restore goes through all its steps, and lets in nothing. */
  'a merge that lets in nothing': {
    way: LOSING,
    statement: (at, text) =>
      at === 'collection' ? text.replace(/(\binsert into public\.part [\s\S]*? q )/, '$1where false ') : text,
  },
  /** Whoever replays the ledger finds nothing in it. */
  'a replay that returns no entries': {
    // The restore is proposed when the rest has had its time.
    way: ['admit tickets', 'back up', 'hold', 'erase', 'advance', 'deliver all', 'lose', 'confirm'],
    steps: 40,
    peers: (route, answer) => (route === http.LedgerEntries ? { ...(answer as object), entries: [] } : answer),
  },
  /** What no key opens any more is let in with the rest. */
  'a restore that drops nothing': {
    way: ['withdraw', 'erase', 'advance', ...LOSING],
    statement: never('collection', /^with gone as \(delete from quarantine_/),
  },
  'a longer period for what came in before it': readsBack(),
  /** What goes on next finds them dead: only who looks at that moment sees it. */
  'an end that is told before its keys are dead': killsLate(),
  /** Work stops with an error, and goes on with the next round as if nothing had been. */
  'work that fails once': failsOnce(),
};
