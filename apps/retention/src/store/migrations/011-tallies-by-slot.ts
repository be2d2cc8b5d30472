import type { MigrationStep } from '@lethe/platform';

/**
 * A count is kept by the slot it was heard in, so that a slot that is stated anew replaces what was counted of it. -1: of no
 * one slot, which is what disposals took off, and what was counted before slots were told apart. That is never replaced:
 * a count too high orders a day once more, one too low might not order it at all.
 */
export const talliesBySlotStep: MigrationStep = {
  number: 1_796_400_000_001,
  name: 'tallies by slot',
  statements: ['day_tally', 'waiting_tally'].flatMap((table) => [
    `alter table ${table} add column slot smallint not null default -1`,
    `alter table ${table} drop constraint ${table}_pkey`,
    `alter table ${table} add primary key (tenant, class, ${table === 'day_tally' ? 'day' : 'matter'}, custody, slot)`,
  ]),
};
