import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPack } from '@lethe/policy';
import { stepsPage } from './pages.ts';
import { packsIn } from './prove.ts';

test('docs/steps.md says what the steps are now', () => {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/steps.md', import.meta.url)), 'utf8');
  expect(page).toBe(stepsPage());
});

test('docs/clauses.md has every clause of every register, with its concern and service, and no other', () => {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/clauses.md', import.meta.url)), 'utf8');
  const policies = fileURLToPath(new URL('../../../policies', import.meta.url));
  const rows = page.split('\n').filter((line) => /^\| [A-Z]{2,4}-/.test(line));
  const told = rows.map((line) =>
    line
      .split('|')
      .slice(1, 4)
      .map((cell) => cell.trim())
      .join(' '),
  );
  const registered = packsIn(policies).flatMap((name) =>
    [...loadPack(join(policies, name)).clauses.values()].map(
      ({ id, concern, service = '–' }) => `${id} ${concern} ${service}`,
    ),
  );
  expect(told.sort()).toEqual(registered.sort());
});
