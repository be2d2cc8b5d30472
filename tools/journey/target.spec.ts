import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { Fleet } from './fleet.ts';
import { freePort, LetheProcess, NODE, ROOT } from './lethe-process.ts';

jest.setTimeout(400_000);

/** `lethe prove --target` as somebody runs it at a prompt: scenarios here, the instance in processes of its own. */
const folder = mkdtempSync(join(tmpdir(), 'lethe-target-'));
const policies = join(folder, 'policies');
const SCENARIOS = (deadline: string): string => `Feature: Over there

  @DM-COL-01
  Scenario: A registration takes what is declared
    When the platform submits "registration"
    Then it is admitted
    When the platform submits "registration" without "nickname"
    Then it is refused with "missing-field" at "fields.nickname"

  @DM-SLA-01
  Scenario: The deadline is the one of this text
    Given it is 2026-03-02 10:00
    When the person asks for the erasure of everything
    Then the answer says
      | deadline | ${deadline} |
`;

/** A pack of this folder only: the instance has another text under the same name. */
function write(deadline: string): void {
  rmSync(policies, { recursive: true, force: true });
  cpSync(join(ROOT, 'policies/damai'), join(policies, 'damai'), { recursive: true });
  const file = join(policies, 'damai', 'policy.yaml');
  const text = readFileSync(file, 'utf8');
  const changed = text.replace('deadline: { days: 15,', 'deadline: { days: 10,');
  expect(changed).not.toBe(text);
  writeFileSync(file, changed);
  rmSync(join(policies, 'damai', 'scenarios'), { recursive: true });
  rmSync(join(policies, 'damai', 'kills.tsv'), { force: true });
  mkdirSync(join(policies, 'damai', 'scenarios'));
  writeFileSync(join(policies, 'damai', 'scenarios', 'there.feature'), SCENARIOS(deadline));
}

interface Proof {
  readonly code: number | null;
  readonly results: Readonly<Record<string, string>>;
  readonly said: string;
}
async function prove(target: string, choice = ['--only', 'there.feature'], packs = policies): Promise<Proof> {
  const args = ['prove', 'damai', ...choice, '--target', target, '--format', 'json'];
  const child = spawn(NODE, [join(ROOT, 'apps/lethe/bin/lethe.js'), ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', LETHE_POLICIES: packs },
  });
  let out = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const clauses = out === '' ? [] : (JSON.parse(out) as Report).packs['damai']!.clauses;
  return { code, said, results: Object.fromEntries(clauses.map(({ id, result }) => [id, result])) };
}
interface Report {
  readonly packs: Readonly<Record<string, { readonly clauses: readonly { id: string; result: string }[] }>>;
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Ten days from 2 March. Exit 1 is a finding, 2 says that nothing could be found out. */
async function provesThisText(target: string): Promise<void> {
  write('2026-03-12');
  expect(await prove(target)).toMatchObject({ code: 0, results: { 'DM-COL-01': 'proved', 'DM-SLA-01': 'proved' } });
  write('2026-03-17');
  expect(await prove(target)).toMatchObject({ code: 1, results: { 'DM-COL-01': 'proved', 'DM-SLA-01': 'failed' } });
}

test('an instance in another process is proved by the text and the scenarios that lie here', async () => {
  const lethe = LetheProcess.embedded(join(folder, 'home'), await freePort(), join(folder, 'lethe.log'));
  await lethe.start();
  try {
    await provesThisText(lethe.url);
  } finally {
    await lethe.stop();
  }
  const gone = await prove(lethe.url);
  expect(gone.code).toBe(2);
  expect(gone.results).toEqual({});
  expect(gone.said).not.toContain('    at ');
});

test('an installation that says where it stores, as npm start and compose do, is proved on the clauses of territory', async () => {
  const lethe = LetheProcess.embedded(join(folder, 'mainland'), await freePort(), join(folder, 'mainland.log'));
  await lethe.start();
  try {
    const { code, said, results } = await prove(lethe.url, ['--tags', '@territory'], join(ROOT, 'policies'));
    expect(said).not.toContain('✗');
    expect(results).toMatchObject({ 'DM-TER-01': 'proved', 'DM-TER-02': 'proved' });
    expect(code).toBe(0);
  } finally {
    await lethe.stop();
  }
});

test('four services in processes of their own hand each other the text that one of them was sent', async () => {
  const fleet = await Fleet.start(join(folder, 'fleet'));
  try {
    await provesThisText(fleet.target);
  } finally {
    await fleet.stop();
  }
});
