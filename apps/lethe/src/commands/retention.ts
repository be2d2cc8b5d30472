import Table from 'cli-table3';
import { http } from '@lethe/contracts';
import { askingEach } from '../asking.ts';

interface Options {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly target?: string;
  readonly tokenFile?: string;
}

/** What goes of one class on one local day. Records are counted as the parts of them that are of the class. */
export interface Due {
  readonly tenant: string;
  readonly class: string;
  /** Null: it waits for the anchor of its matter, and no date is guessed. */
  readonly date: string | null;
  readonly records: number;
  readonly method: 'delete' | 'anonymize';
}
interface Line extends Due {
  /** How long the class is kept, as the policy in force has it; absent where it no longer has the class. */
  readonly keeps?: {
    readonly period: string;
    readonly stated: boolean;
    readonly source: string;
    /** A mandatory minimum that is longer, and wins. */
    readonly floor?: { readonly period: string; readonly basis: string; readonly source: string } | undefined;
  };
}

/**
 * What goes on which day; with `--dry-run` what a sweep would order now. Exit 0, also when nothing goes.
 * @param tenants absent: all that are open, in development
 */
export async function forecast(tenants: readonly string[], options: Options): Promise<void> {
  const due: Line[] = [];
  for (const { tenant, ask } of await askingEach(tenants, options)) {
    const { tallies, periods } = await ask(http.Forecast, {});
    const kept = new Map(periods.map(({ class: name, ...keeps }) => [name, keeps]));
    if (options.dryRun === true) {
      const { stopped, orders } = await ask(http.NextSweep, {});
      if (stopped) process.stderr.write(`lethe: ${tenant}: nothing is ordered (${stopped})\n`);
      due.push(
        ...together(
          tenant,
          orders.map((order) => ({ ...order, day: order.goes ?? order.day })),
          kept,
        ),
      );
    } else {
      due.push(
        ...together(
          tenant,
          tallies.filter(({ state }) => state !== 'effective' && state !== 'swept'),
          kept,
        ),
      );
    }
  }
  process.stdout.write(
    options.json === true ? `${JSON.stringify(due.map(({ keeps: _, ...said }): Due => said))}\n` : `${tableOf(due)}\n`,
  );
}

/** One line a class, day and method, whoever holds the parts; dated ones first, oldest first. */
function together(
  tenant: string,
  rows: readonly (Pick<Due, 'class' | 'method'> & {
    readonly day?: string | undefined;
    readonly parts: number;
  })[],
  kept: ReadonlyMap<string, NonNullable<Line['keeps']>>,
): Line[] {
  const lines = new Map<string, Line>();
  for (const { class: name, day, method, parts } of rows) {
    const key = [day ?? '~', name, method].join(' ');
    const records = (lines.get(key)?.records ?? 0) + parts;
    const keeps = kept.get(name);
    lines.set(key, { tenant, class: name, date: day ?? null, records, method, ...(keeps && { keeps }) });
  }
  return [...lines].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, line]) => line);
}

function tableOf(due: readonly Line[]): string {
  if (due.length === 0) return 'nothing';
  const table = new Table({
    head: ['tenant', 'date', 'class', 'method', 'records', 'kept for'],
    colAligns: ['left', 'left', 'left', 'left', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const { tenant, date, class: name, method, records, keeps } of due)
    table.push([tenant, date ?? 'waiting', name, method, records, keeps === undefined ? '-' : keptFor(keeps)]);
  return table.toString();
}

const keptFor = ({ period, stated, source, floor }: NonNullable<Line['keeps']>): string =>
  `${stated ? period : `${period} (not stated by the policy, but by ${source})`}${
    floor === undefined ? '' : `; ${floor.period} wins, by ${floor.basis} (${floor.source})`
  }`;
