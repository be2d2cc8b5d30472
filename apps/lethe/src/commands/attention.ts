import Table from 'cli-table3';
import { http, type Route } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import { confirmDiscardRoute, parkedRoute, retryParkedRoute } from '@lethe/platform';
import type { z } from 'zod';
import { askingEach, type Ask } from '../asking.ts';
import { addressesOf } from '../demo/instance.ts';
import { SERVICES } from '../services.ts';

interface Options {
  readonly json?: boolean;
  readonly target?: string;
  readonly tokenFile?: string;
}

/** One thing that waits for a person. */
export interface Attention {
  /** `*`: it concerns every tenant. */
  readonly tenant: string;
  /**
   * A kind of finding (`waiting-past-limit`, `purge-failed` …; `ack-overdue` also of erasures and withdrawals),
   * `disposal-stopped`, `pass-proposed`, `end-proposed`, `restore-proposed` and `discard-proposed` (of a parked message) for what a second person has to confirm, `restore-failed`, `key-missing` (the root, or
   * a slot of the epoch keys: no epoch ends), `parked`, `slot-stopped`, `dates-wait` (in one service nothing goes by
   * its date: by its clock it is past the days that were swept, or what retention has told is parked there), `disk-full`, or `not-answering`: of that service nothing else is known.
   */
  readonly what: string;
  /** When it began: a local day of legal time, or an instant of machine time. */
  readonly since?: string;
  readonly service?: string;
  readonly class?: string;
  /** Why, and what it is about: a code, a matter, an order, a hold, a backup. */
  readonly about?: string;
  /** How many parts or messages. */
  readonly count?: number;
  /** What settles it where one door does; the page says when to open it. */
  readonly door?: string;
  /** What to do about it, under docs/runbooks. */
  readonly runbook: string;
}

/**
 * What waits for a person, of these tenants. Exit 0 where nothing does, 1 where something does.
 * @param tenants absent: all that are open, in development
 */
export async function attention(tenants: readonly string[], options: Options): Promise<void> {
  const all: Attention[] = await processes(options);
  for (const { tenant, ask } of await askingEach(tenants, options)) all.push(...(await attentionOf(tenant, ask)));
  process.stdout.write(options.json === true ? `${JSON.stringify(all)}\n` : `${tableOf(all)}\n`);
  process.exitCode = all.length === 0 ? 0 : 1;
}

/** Of every process whether it answers, and which volumes of it have no room; each once. */
async function processes({ target }: Options): Promise<Attention[]> {
  const addresses = addressesOf(target);
  const urls = new Set<string>(typeof addresses === 'string' ? [addresses] : Object.values(addresses));
  const found = await Promise.all(
    [...urls].map(async (url) => {
      const answer = await fetch(new URL('/health/ready', url)).then(
        (response) => response.json(),
        () => undefined,
      );
      return { url, ready: http.readyAnswer.safeParse(answer).data };
    }),
  );
  return found.flatMap(({ url, ready }): Attention[] =>
    ready === undefined
      ? [{ tenant: '*', what: 'not-answering', about: new URL(url).host, runbook: 'README' }]
      : (ready.full ?? []).map((about) => ({
          tenant: '*',
          what: 'disk-full',
          since: ready.at,
          service: Object.keys(ready.services).join(' '),
          about,
          runbook: 'full-disk',
        })),
  );
}

/** What a service that cannot answer would have said is missing, and that it is missing is said: it hides nobody else's. */
class Away {
  readonly found: Omit<Attention, 'tenant'>[] = [];

  async or<Answer>(service: string, nothing: Answer, answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof Fault) || error.kind !== 'unavailable') throw error;
      if (!this.found.some((one) => one.service === service))
        this.found.push({
          what: 'not-answering',
          service,
          about: error.code,
          runbook: error.code === 'platform/rolled-back' ? 'restore' : 'README',
        });
      return nothing;
    }
  }
}

export async function attentionOf(tenant: string, ask: Ask): Promise<Attention[]> {
  const away = new Away();
  const [findings, late, breaker, end, restores, keys, services] = await Promise.all([
    away.or(
      'retention',
      [],
      ask(http.Findings, {}).then((answer) => answer.findings),
    ),
    away.or('erasure', [], lateOf(ask)),
    away.or('retention', undefined, ask(http.Breaker, {})),
    away.or('retention', undefined, ask(http.End, {})),
    away.or(
      'retention',
      [],
      ask(http.Restores, {}).then((answer) => answer.restores),
    ),
    away.or('collection', undefined, ask(http.KeyringDrill, {})),
    Promise.all(
      SERVICES.map(async ({ service }) => {
        const answer = await away.or(service, undefined, ask(parkedRoute(service), {}));
        return { service, ...(answer ?? { parked: [], count: 0, stopped: [], discarded: [], waits: undefined }) };
      }),
    ),
  ]);
  const found: Omit<Attention, 'tenant'>[] = findings
    .filter(({ resolvedAt }) => resolvedAt === undefined)
    .map(({ kind, since, class: of, about, parts }) => ({
      what: kind,
      since,
      ...(of === undefined ? {} : { class: of }),
      ...(about === undefined ? {} : { about }),
      ...(parts > 0 ? { count: parts } : {}),
      runbook: RUNBOOKS[kind],
    }));
  found.push(...late);
  if (breaker?.stopped !== undefined)
    found.push({
      what: 'disposal-stopped',
      ...(breaker.stoppedAt === undefined ? {} : { since: breaker.stoppedAt }),
      about: breaker.stopped,
      count: breaker.parts,
      runbook: 'breaker',
    });
  for (const { pass, parts, proposedAt } of breaker?.proposals ?? [])
    found.push({
      ...{ what: 'pass-proposed', since: proposedAt, about: pass, count: parts },
      ...{ door: doorOf(http.ConfirmPass, pass), runbook: 'breaker' },
    });
  if (end?.state === 'proposed')
    found.push({
      what: 'end-proposed',
      since: end.proposedAt ?? end.legalTime,
      ...(end.end === undefined ? {} : { about: end.end, door: doorOf(http.ConfirmEnd, end.end) }),
      runbook: 'findings',
    });
  for (const { restore, backup, state, proposedAt: since, code = '' } of restores)
    if (state === 'proposed')
      found.push({
        ...{ what: 'restore-proposed', since, about: restore },
        ...{ door: doorOf(http.ConfirmRestore, restore), runbook: 'restore' },
      });
    else if (state === 'failed')
      found.push({
        ...{ what: 'restore-failed', since, about: `${restore} ${code}` },
        ...{ door: doorOf(http.ProposeRestore, backup), runbook: 'restore' },
      });
  const gone = (keys?.pieces ?? []).filter(({ present }) => !present).map(({ piece }) => piece);
  // Without the root nothing can be said about the slots.
  for (const piece of gone.includes('root') ? (['root'] as const) : gone)
    if (WITHOUT[piece] !== undefined)
      found.push({ what: 'key-missing', service: 'collection', about: piece, runbook: WITHOUT[piece] });
  for (const { service, parked, count, stopped, waits } of services) {
    // What stops the sweep, too, is listed above.
    if ((waits === 'days-skipped' || waits === 'unheard') && breaker?.stopped !== waits)
      found.push({ what: 'dates-wait', service, about: waits, runbook: RUNBOOK_OF_WAITS[waits] });
    const [first] = parked;
    if (first !== undefined)
      found.push({
        ...{ what: 'parked', since: first.parkedAt, service, about: first.code, count },
        ...{ door: doorOf(retryParkedRoute(service)), runbook: 'parked' },
      });
    for (const { discard } of parked)
      if (discard !== undefined)
        found.push({
          ...{ what: 'discard-proposed', since: discard.proposedAt, service, about: discard.discard },
          ...{ door: doorOf(confirmDiscardRoute(service), discard.discard), runbook: 'parked' },
        });
    for (const { topic, slot, reason, since } of stopped)
      found.push({
        what: 'slot-stopped',
        since,
        service,
        about: `${topic}/${String(slot)} ${reason}`,
        runbook: 'parked',
      });
  }
  return [...away.found, ...found].map((one) => ({ tenant, ...one }));
}

/** A door with the id that its path names. */
const doorOf = ({ method, path }: Pick<Route, 'method' | 'path'>, id = ''): string =>
  `${method} ${path.replace(/:[A-Za-z]+/, id)}`;

/** Pieces without which no epoch of the keys ends, and so nothing becomes final. */
const WITHOUT: Readonly<Partial<Record<z.output<typeof http.keyringPiece>, string>>> = {
  root: 'lost-root',
  'first-slot': 'lost-keyring-copy',
  'second-slot': 'lost-keyring-copy',
};

/** Requests and withdrawals past their deadline, once for each that is waited for. */
async function lateOf(ask: Ask): Promise<Omit<Attention, 'tenant'>[]> {
  const requests = await everyPage(async (after?: string) => {
    const query = { which: 'late' as const, limit: PAGE, ...(after === undefined ? {} : { after }) };
    const page = (await ask(http.Requests, { query })).requests;
    return { page, last: page.at(-1)?.request };
  });
  const withdrawals = await everyPage(async (after?: number) => {
    const query = { which: 'late' as const, limit: PAGE, ...(after === undefined ? {} : { after }) };
    const page = (await ask(http.Withdrawals, { query })).withdrawals;
    return { page, last: page.at(-1)?.entry };
  });
  return [
    ...requests.map(({ request, deadline, waitingFor = [] }) => ({ about: request, deadline, waitingFor })),
    ...withdrawals.map(({ entry, deadline, waitingFor }) => ({ about: `withdrawal ${entry}`, deadline, waitingFor })),
  ].flatMap(({ about, deadline, waitingFor }) =>
    (waitingFor.length === 0 ? [about] : waitingFor.map((who) => `${about} ${who}`)).map((each) => ({
      ...{ what: 'ack-overdue', since: deadline, service: 'erasure', about: each },
      runbook: RUNBOOKS['ack-overdue'],
    })),
  );
}

const PAGE = 500;

/** Each page begins behind the last of the one before. */
async function everyPage<Item, At>(
  read: (after?: At) => Promise<{ readonly page: readonly Item[]; readonly last: At | undefined }>,
): Promise<Item[]> {
  const all: Item[] = [];
  for (let after: At | undefined; ;) {
    const { page, last } = await read(after);
    all.push(...page);
    if (page.length < PAGE) return all;
    after = last;
  }
}

const RUNBOOK_OF_WAITS = { 'days-skipped': 'breaker', unheard: 'parked' };

const RUNBOOKS: Readonly<Record<(typeof http.findingKind.options)[number], string>> = {
  'waiting-past-limit': 'findings',
  'uncovered-class': 'findings',
  'disposal-overdue': 'breaker',
  'ack-overdue': 'findings',
  'hold-past-review': 'findings',
  'purge-failed': 'purge-failed',
  'backup-not-taken': 'findings',
  'end-overdue': 'findings',
};

function tableOf(all: readonly Attention[]): string {
  if (all.length === 0) return 'nothing';
  const table = new Table({
    head: ['tenant', 'what', 'since', 'of', 'about', 'how many', 'door', 'see docs/runbooks/'],
    style: { head: [], border: [] },
  });
  for (const { tenant, what, since = '', service, class: of, about = '', count, door = '', runbook } of all)
    table.push([
      tenant,
      what,
      since,
      of ?? service ?? '',
      about,
      count === undefined ? '' : String(count),
      door,
      `${runbook}.md`,
    ]);
  return table.toString();
}
