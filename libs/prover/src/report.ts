import { CARRIED, type Clause } from '@lethe/policy';
import type { Unchecked } from './kills.ts';
import type { Outcome } from './run.ts';

export type ClauseResult = 'proved' | 'failed' | 'missing' | 'later' | 'evidenced' | 'outOfScope';

export interface ProvedClause {
  readonly id: string;
  readonly concern: string;
  readonly service?: string;
  readonly class: Clause['class'];
  readonly result: ClauseResult;
  /** `file:line` of what was run for it. */
  readonly scenarios: readonly string[];
}

export interface PackReport {
  readonly enforceable: {
    readonly total: number;
    readonly proved: number;
    readonly failed: number;
    readonly missing: number;
    readonly later: number;
  };
  readonly evidenced: { readonly total: number };
  readonly outOfScope: { readonly total: number };
  /** Parameters of proved clauses that nothing on record checks; absent where the pack has no record. */
  readonly unchecked?: readonly Unchecked[];
  readonly clauses: readonly ProvedClause[];
}

export interface Report {
  readonly packs: Readonly<Record<string, PackReport>>;
}

export function packReport(clauses: readonly Clause[], outcomes: readonly Outcome[]): PackReport {
  const proved = clauses.map((clause): ProvedClause => {
    const id = clause.merged?.into ?? clause.id;
    const mine = outcomes.filter(
      ({ scenario }) => scenario.clauses.includes(id) || scenario.clauses.includes(clause.id),
    );
    const { concern, service } = clause;
    return {
      id: clause.id,
      concern,
      ...(service === undefined ? {} : { service }),
      class: clause.class,
      result: resultOf(clause, mine),
      scenarios: mine.map(({ scenario }) => `${scenario.file}:${String(scenario.line)}`),
    };
  });
  const count = (result: ClauseResult): number => proved.filter((each) => each.result === result).length;
  return {
    enforceable: {
      total: proved.filter((each) => each.class === 'enforceable').length,
      proved: count('proved'),
      failed: count('failed'),
      missing: count('missing'),
      later: count('later'),
    },
    evidenced: { total: count('evidenced') },
    outOfScope: { total: count('outOfScope') },
    clauses: proved,
  };
}

function resultOf(clause: Clause, outcomes: readonly Outcome[]): ClauseResult {
  if (clause.class !== 'enforceable') return clause.class;
  if (outcomes.length > 0) return outcomes.every(({ passed }) => passed) ? 'proved' : 'failed';
  return CARRIED.has(clause.service ?? 'all') ? 'missing' : 'later';
}

/** Every selected enforceable clause is proved; those of services to come do not count. */
export const isProved = (report: Report): boolean =>
  Object.values(report.packs).every(({ enforceable }) => enforceable.failed === 0 && enforceable.missing === 0);

/** No clause was proved without its parameters being looked at. */
export const isChecked = (report: Report): boolean =>
  Object.values(report.packs).every(({ unchecked = [] }) => unchecked.length === 0);
