import type { MigrationStep } from '@lethe/platform';

/** What an erasure leaves is kept until its own floor ends, and no longer because of what the same person has of the same class. */
export const ownFloors: MigrationStep = {
  number: 1_800_240_000_000,
  name: 'own-floors',
  statements: [
    'alter table part no force row level security',
    'alter table matter_date no force row level security',
    `update part p set restricted_until = coalesce(p.floor,
        (select m.floor from matter_date m where m.tenant = p.tenant and m.matter = p.matter and m.class = p.class))
      where p.restricted and p.restricted_until is not null`,
    'alter table matter_date force row level security',
    'alter table part force row level security',
  ],
};
