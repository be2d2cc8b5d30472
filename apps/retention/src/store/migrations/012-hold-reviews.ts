import type { MigrationStep } from '@lethe/platform';

export const holdReviewsStep: MigrationStep = {
  number: 1_796_500_000_012,
  name: 'hold-reviews',
  statements: [
    `alter table hold add column reviewed_by text, add column reviewed_at timestamptz`,
    `create index hold_review on hold (tenant, review_on) where state in ('placing', 'in-force')`,
  ],
};
