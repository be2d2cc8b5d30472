import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap, type Running } from '@lethe/platform';
import { isProved, mutate, prove, record, select } from '@lethe/prover';
import { installationOf } from './installation.ts';
import { SERVICES } from './services.ts';

const policies = mkdtempSync(join(tmpdir(), 'lethe-proving-'));
const home = mkdtempSync(join(tmpdir(), 'lethe-proving-home-'));
const damai = fileURLToPath(new URL('../../../policies/damai', import.meta.url));
const SCENARIOS = `Feature: What Damai collects
  @DM-COL-01
  Scenario: No account without a nickname
    When the platform submits "registration" with
      | account-name  | 小明        |
      | password      | 密文        |
      | mobile-number | 13800000000 |
    Then it is refused with "missing-field" under DM-COL-01 at "fields.nickname"

  @DM-COL-03
  Scenario: What no purpose names is not collected
    When the platform submits "astrology" with
      | nickname | 明明 |
    Then it is refused with "undeclared-purpose" under DM-COL-03 at "purpose"

  @DM-COL-04
  Scenario: A nickname is part of an account
    When the platform submits "registration" without "nickname"
    Then it is refused with "missing-field" at "fields.nickname"
`;
let running: Running;

/** Two packs of one text, but for one flag. */
beforeAll(async () => {
  for (const name of ['right', 'wrong']) {
    cpSync(damai, join(policies, name), { recursive: true });
    for (const rest of ['scenarios', 'kills.tsv']) rmSync(join(policies, name, rest), { recursive: true, force: true });
    for (const file of ['policy.yaml', 'clauses.yaml']) {
      const path = join(policies, name, file);
      const text = readFileSync(path, 'utf8').replace(/^pack: damai$/m, `pack: ${name}`);
      writeFileSync(path, name === 'wrong' ? text.replace('nickname: { required: true }', 'nickname:') : text);
    }
    mkdirSync(join(policies, name, 'scenarios'));
    writeFileSync(join(policies, name, 'scenarios', 'collection.feature'), SCENARIOS);
  }
  running = await bootstrap(SERVICES, installationOf({ LETHE_POLICIES: policies, LETHE_HOME: home, LETHE_PORT: '0' }));
}, 120_000);
afterAll(async () => {
  await running.stop();
  for (const folder of [policies, home]) rmSync(folder, { recursive: true, force: true });
}, 120_000);

test('a wrong pack fails where it is wrong and nowhere else; no scenario is missing, a service to come is later', async () => {
  const { selected, findings } = select(policies, { packs: ['right', 'wrong'] });
  expect(findings).toEqual([]);
  const { report } = await prove(selected, { addresses: running.url });
  const result = (pack: string, id: string) => report.packs[pack]?.clauses.find((clause) => clause.id === id)?.result;
  expect(result('right', 'DM-COL-01')).toBe('proved');
  expect(result('wrong', 'DM-COL-01')).toBe('failed');
  expect(result('wrong', 'DM-COL-03')).toBe('proved');
  expect(result('right', 'DM-COL-05')).toBe('missing');
  expect(result('right', 'DM-SLA-01')).toBe('later');
  expect(result('right', 'DM-SCP-02')).toBe('outOfScope');
  expect(isProved(report)).toBe(false);
});

test('a scenario kills the mutant it looks at; what no scenario looks at survives, and is unchecked', async () => {
  const select4 = () => select(policies, { packs: ['right'], tags: '@DM-COL-04' }).selected;
  const unchecked = async (): Promise<Record<string, string> | undefined> => {
    const { report } = await prove(select4(), { addresses: running.url });
    expect(isProved(report)).toBe(true);
    const { unchecked } = report.packs['right']!;
    return unchecked && Object.fromEntries(unchecked.map(({ parameter, why }) => [parameter, why]));
  };
  const [nickname, password] = ['nickname', 'password'].map(
    (field) => `purposes.registration.fields.${field}.required`,
  );
  expect(await unchecked()).toBeUndefined();

  const proof = await prove(select4(), { addresses: running.url });
  const mutation = await mutate(select4(), { addresses: running.url }, { proof });
  const result = (parameter?: string) => mutation.mutants.find((mutant) => mutant.parameter === parameter)?.result;
  expect(result(nickname)).toBe('killed');
  expect(result(password)).toBe('survived');
  record(select4(), mutation);
  const now = await unchecked();
  expect(now).toMatchObject({ [password!]: 'no-kill' });
  expect(now).not.toHaveProperty([nickname!]);

  // The same clause, proved by a scenario that looks at less.
  const feature = join(policies, 'right', 'scenarios', 'collection.feature');
  writeFileSync(
    feature,
    SCENARIOS.replace('it is refused with "missing-field" at "fields.nickname"\n', 'nothing is kept\n'),
  );
  expect(await unchecked()).toMatchObject({ [nickname!]: 'changed' });
  writeFileSync(feature, SCENARIOS);
}, 120_000);
