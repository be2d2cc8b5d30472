import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stepsPage } from './pages.ts';

test('docs/steps.md says what the steps are now', () => {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/steps.md', import.meta.url)), 'utf8');
  expect(page).toBe(stepsPage());
});
