import { createHash, createHmac } from 'node:crypto';
import { join } from 'node:path';
import type { Cell, FieldValue, Ladder } from '@lethe/policy';
import { loadPack } from '@lethe/policy';
import { foldKey } from '../../libs/policy/src/fold.ts';
import type { Auditor } from './auditor.ts';
import { ROOT } from './lethe-process.ts';
import type { Ciphertext, LivingKeys } from './living-keys.ts';
import type { Markers } from './markers.ts';
import { bandOf, type Share, toldBySum } from './sums.ts';

/** A cell as it lies in the vault, whatever columns it has. */
export interface CellRow extends Cell {
  readonly class: string;
  readonly cohort: string;
  readonly order: string;
}

/** One person, of whom the adversary knows from elsewhere every name and every value that was ever submitted. */
export interface Known {
  readonly names: readonly string[];
  readonly records: readonly Readonly<Record<string, FieldValue>>[];
}

/** What leads from a cell to people: as few as `people`, whom nothing tells apart any more. */
export interface Link {
  readonly by: 'register' | 'difference' | 'sum' | 'token' | 'row' | 'key' | 'file';
  readonly people: number;
}

/** All there is to steal: both clusters and their files, every living key, logs, and a dump taken while everything was there. */
export interface Loot {
  readonly tenant: string;
  readonly data: Auditor;
  readonly keys: LivingKeys;
  readonly folders: readonly string[];
  readonly markers: Markers;
  /** Sealed values of those who were anonymized, as an old dump has them. */
  readonly dump: readonly Ciphertext[];
  /** The cells as they were handed out, each time somebody asked; the last is of now. */
  readonly seen: readonly (readonly CellRow[])[];
}

const DATABASES = ['collection', 'consent', 'retention', 'erasure', 'log'];
/** What a row of a cell says of no person; anything else in it is looked at. */
const OF_NOBODY = new Set(['tenant', 'class', 'cohort', 'cell', 'people', 'records', 'at']);
/** Shorter texts are found in any digest by chance. */
const TELLING = 8;

/**
 * Somebody who wants to know who is behind a cell, and has everything: every store and key as they are now, a dump from before, and a
 * register of all people. What they find are the smallest groups of people that anything ties to a cell.
 */
export class Adversary {
  readonly #pack = loadPack(join(ROOT, 'policies/damai'));

  constructor(
    private readonly loot: Loot,
    private readonly register: readonly Known[],
  ) {}

  async links(): Promise<Link[]> {
    return [
      ...this.byRegister(),
      ...this.byDifference(),
      ...this.bySum(),
      ...(await this.byToken()),
      ...(await this.byRow()),
      ...this.byKey(),
      ...this.byFile(),
    ];
  }

  get #now(): readonly CellRow[] {
    return this.loot.seen.at(-1) ?? [];
  }

  /** Who knows the ladder knows in which cell a record is: the finest of them that stands. */
  private behind(): [cell: CellRow, records: Map<Known, Known['records'][number][]>][] {
    const cells = new Map(
      this.#now.map((cell) => [named(cell), [cell, new Map<Known, Known['records'][number][]>()] as const]),
    );
    for (const [cohort, className] of new Map(this.#now.map((cell) => [cell.cohort, cell.class])))
      for (const person of this.register)
        for (const values of person.records)
          for (const step of this.#ladder(className).steps.keys()) {
            const dimensions = foldKey(this.#pack, className, values, step);
            const [, records] = cells.get(named({ class: className, cohort, dimensions })) ?? [];
            if (records === undefined) continue;
            records.set(person, [...(records.get(person) ?? []), values]);
            break;
          }
    return [...cells.values()].map(([cell, records]) => [cell, records]);
  }

  private byRegister(): Link[] {
    return this.behind().map(([, { size }]) => ({ by: 'register', people: size }));
  }

  /** Each in a cell knows their own part of its sum, and who else is in it; and what is left is somebody's, or nearly. */
  private bySum(): Link[] {
    return this.behind().flatMap(([cell, people]) =>
      Object.entries(cell.measures).flatMap(([name, told]): Link[] => {
        if ('withheld' in told) return [];
        const { dimensions, measures } = this.#ladder(cell.class);
        const measure = measures.find((each) => each.name === name);
        if (measure === undefined) throw new Error(`nobody said that ${name} is summed`);
        const shares = [...people.values()].flatMap((records): Share[] => {
          const said = records.map((values) => values[measure.field]).filter((value) => typeof value === 'number');
          return said.length === 0 ? [] : [{ total: said.reduce((all, each) => all + each, 0), records: said.length }];
        });
        const known = shares.reduce((all, { total }) => all + total, 0);
        if (Math.abs(known - Number(told.sum)) > 0.001)
          throw new Error(`the register comes to ${String(known)} for ${told.sum}`);
        const band = dimensions.find((each) => each.by === 'band' && each.field === measure.field)?.name ?? '';
        const found = toldBySum(Number(told.sum), shares, measure.p.value, bandOf(cell.dimensions[band] ?? ''));
        return Array.from({ length: found }, () => ({ by: 'sum', people: 1 }));
      }),
    );
  }

  /** What changed between two looks at the same cell is about those few who came or went meanwhile. */
  private byDifference(): Link[] {
    const links: Link[] = [];
    for (const [nth, later] of this.loot.seen.entries()) {
      const before = new Map((this.loot.seen[nth - 1] ?? later).map((cell) => [named(cell), cell]));
      if (new Set(later.map(named)).size < later.length) links.push({ by: 'difference', people: 0 });
      for (const cell of later) {
        const was = before.get(named(cell));
        before.delete(named(cell));
        const people = Math.abs(cell.people - (was?.people ?? 0));
        const isOther = JSON.stringify([cell.records, cell.measures]) !== JSON.stringify([was?.records, was?.measures]);
        if (people > 0 || isOther) links.push({ by: 'difference', people });
      }
      for (const { people } of before.values()) links.push({ by: 'difference', people });
    }
    return links;
  }

  /** Whatever stands in a cell and can be computed from the names of one person, under any key there is. */
  private async byToken(): Promise<Link[]> {
    const rows = await this.loot.data.rows<{ row: Record<string, unknown> }>(
      'lethe_collection',
      'select to_jsonb(c) as row from cell c where tenant = $1',
      [this.loot.tenant],
    );
    const texts = rows
      .flatMap(({ row }) => textsOf(Object.entries(row).filter(([column]) => !OF_NOBODY.has(column))))
      .filter((text) => text.length >= TELLING);
    return this.register
      .filter(({ names }) =>
        names.some((name) => texts.some((text) => this.#tokens(name).some((one) => one.includes(text)))),
      )
      .map(() => ({ by: 'token', people: 1 }));
  }

  /** Rows of any database that speak of the order of a cell and of people. */
  private async byRow(): Promise<Link[]> {
    const orders = [...new Set(this.#now.map(({ order }) => order))];
    const refs = new Map(this.register.flatMap((person) => person.names.map((name) => [name, person])));
    const links: Link[] = [];
    for (const name of DATABASES) {
      const database = `lethe_${name}`;
      const tables = await this.loot.data.rows<{ table: string }>(
        database,
        `select format('%I.%I', schemaname, tablename) as table from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
      );
      for (const { table } of tables)
        for (const order of orders) {
          const rows = await this.loot.data.rows<{ text: string }>(
            database,
            `select t::text as text from ${table} t where strpos(t::text, $1) > 0`,
            [order],
          );
          const people = new Set(
            rows.flatMap(({ text }) => [...refs].flatMap(([ref, person]) => (text.includes(ref) ? [person] : []))),
          );
          if (people.size > 0) links.push({ by: 'row', people: people.size });
        }
    }
    return links;
  }

  /** A sealed value that still opens has one person on its label. */
  private byKey(): Link[] {
    return this.loot.dump
      .filter((one) => this.loot.keys.opens(one) !== undefined)
      .map(() => ({ by: 'key', people: 1 }));
  }

  /** So has a value in the clear, wherever it lies. */
  private byFile(): Link[] {
    return this.loot.folders
      .flatMap((folder) => this.loot.markers.below(folder))
      .map(() => ({ by: 'file', people: 1 }));
  }

  readonly #known = new Map<string, readonly string[]>();
  #tokens(name: string): readonly string[] {
    let tokens = this.#known.get(name);
    if (tokens === undefined) {
      const digests = [
        ...['md5', 'sha1', 'sha256', 'sha512'].map((algorithm) => createHash(algorithm).update(name).digest()),
        ...this.loot.keys.all.map((key) => createHmac('sha256', key).update(name).digest()),
      ];
      tokens = [
        name,
        ...digests.flatMap((digest) => (['hex', 'base64', 'base64url'] as const).map((to) => digest.toString(to))),
      ];
      this.#known.set(name, tokens);
    }
    return tokens;
  }

  #ladder(className: string): Ladder {
    const ladder = this.#pack.classes.get(className)?.ladder;
    if (ladder === undefined) throw new Error(`no ladder for ${className}`);
    return ladder;
  }
}

/** The cells of a tenant as they lie in the vault. */
export const cellsOf = (data: Auditor, tenant: string): Promise<CellRow[]> =>
  data.rows<CellRow>('lethe_collection', 'select *, cohort::text as cohort from cell where tenant = $1', [tenant]);

const named = ({ class: of, cohort, dimensions }: Pick<CellRow, 'class' | 'cohort' | 'dimensions'>): string =>
  JSON.stringify([of, cohort, Object.entries(dimensions).sort(([one], [other]) => (one < other ? -1 : 1))]);

const textsOf = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : Array.isArray(value)
      ? value.flatMap(textsOf)
      : typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(textsOf)
        : [];
