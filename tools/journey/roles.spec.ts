import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Role } from '@lethe/contracts';
import { Doors } from './doors.ts';
import { freePort, LetheProcess } from './lethe-process.ts';

jest.setTimeout(240_000);

const ROLES = ['backend', 'subject', 'operator', 'officer', 'auditor'] as const satisfies readonly Role[];
const PERSON = 'AAAAAAAAAAAAAAAAAAAAAA';

interface Door {
  readonly method: string;
  readonly path: string;
  readonly roles: readonly string[];
}

const folder = mkdtempSync(join(tmpdir(), 'lethe-roles-'));
let lethe: LetheProcess;
let all: readonly Door[];
let asker: Doors;

beforeAll(async () => {
  lethe = LetheProcess.embedded(join(folder, 'home'), await freePort(), join(folder, 'lethe.log'));
  await lethe.start();
  const { paths } = (await (await fetch(new URL('/openapi.json', lethe.url))).json()) as {
    paths: Record<string, Record<string, { readonly 'x-roles'?: readonly string[] }>>;
  };
  all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { 'x-roles': roles = [] }]) => ({ method, path, roles })),
  );
  asker = new Doors(lethe.url, 'ticketing');
  await asker.open('2023-03-06T02:00:00.000Z');
});
afterAll(async () => {
  await lethe?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Knocks with a body that no door takes: who is let in is told so, and nothing happens. */
async function knock({ method, path }: Door, token?: string): Promise<{ status: number; code: string | undefined }> {
  const response = await fetch(new URL(path.replaceAll(/\{\w+\}/g, PERSON), lethe.url), {
    method: method.toUpperCase(),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(method === 'get' ? {} : { 'content-type': 'application/json' }),
    },
    ...(method === 'get' ? {} : { body: '{' }),
  });
  const answer = (await response.json().catch(() => ({}))) as { readonly code?: string };
  return { status: response.status, code: answer.code };
}
const tokenOf = (role: (typeof ROLES)[number]) => asker.token(role, role, role === 'subject' ? PERSON : undefined);

test('every door takes each role that it names, and no other (I46)', async () => {
  expect(all.length).toBeGreaterThan(100);
  const wrong: string[] = [];
  for (const door of all.filter(({ roles }) => roles.length > 0)) {
    for (const role of ROLES) {
      const { status, code } = await knock(door, await tokenOf(role));
      const refused = status === 403 && code === 'platform/role-may-not';
      if (refused === door.roles.includes(role)) wrong.push(`${door.method} ${door.path} ${role}: ${String(status)}`);
    }
    const { status } = await knock(door);
    if (status !== 401) wrong.push(`${door.method} ${door.path} nobody: ${String(status)}`);
  }
  expect(wrong).toEqual([]);
});

test('nobody is made a service, not even where whoever asks is given a token (I46)', async () => {
  const response = await fetch(new URL('/v1/development/token', lethe.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tenant: 'ticketing', role: 'service', sub: 'erasure' }),
  });
  expect(response.status).toBe(422);
});

test('what an auditor may ask changes nothing (I46)', () => {
  const doors = all.filter(({ roles }) => roles.includes('auditor'));
  expect(doors.filter(({ method }) => method !== 'get')).toEqual([]);
  expect(doors.length).toBeGreaterThan(10);
});

test('a person asks about nobody else (I46)', async () => {
  const about = all.filter(({ roles, path }) => roles.includes('subject') && path.includes('{subject}'));
  expect(about.length).toBeGreaterThan(0);
  const stranger = await asker.token('subject', 'stranger', 'BBBBBBBBBBBBBBBBBBBBBA');
  for (const door of about) expect(await knock(door, stranger)).toMatchObject({ status: 403 });
});
