import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { edges } from './edges.ts';
import { installationOf } from './installation.ts';

const folder = mkdtempSync(join(tmpdir(), 'lethe-edges-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const installation = installationOf({});
const fileWith = (text: string | Buffer): string => {
  const file = join(folder, 'login.json');
  writeFileSync(file, text);
  return file;
};
const from = (text: string | Buffer) => () =>
  edges({ kafka: '127.0.0.1:1', kafkaLogin: fileWith(text) }, installation)('somebody');

test('a login is read from what `lethe login` prints, before anything is proved', async () => {
  const printed = { mechanism: 'SCRAM-SHA-512', username: 'platform.x', password: 'p', in: 'a', out: 'b' };
  await from(JSON.stringify(printed))().close();
});

test.each([
  ['no JSON', 'p4ssw0rd', 'not JSON'],
  ['binary', Buffer.from([0xff, 0x00, 0x80]), 'not JSON'],
  ['no object', '"p4ssw0rd"', 'no object'],
  ['no password', '{"username":"p4ssw0rd"}', 'password'],
  ['another kind', '{"username":["p4ssw0rd"],"password":"p4ssw0rd"}', 'username'],
])('what is no login is refused by the name of the field, and never repeated: %s', (_, text, says) => {
  expect(from(text)).toThrow(says);
  expect(from(text)).not.toThrow('p4ssw0rd');
});

test('a file that is not there is said', () => {
  const kafkaLogin = join(folder, 'nowhere.json');
  expect(() => edges({ kafka: '127.0.0.1:1', kafkaLogin }, installation)).toThrow('cannot be read');
});

test('with the administrator a login is made when it is first used: who used none leaves none to remove', async () => {
  const administered = installationOf({
    LETHE_KAFKA: '127.0.0.1:1',
    LETHE_KAFKA_ADMIN: '127.0.0.1:1',
    LETHE_HOME: join(folder, 'home'),
  });
  const edge = edges({ kafka: '127.0.0.1:1' }, administered)('somebody');
  await edge.close();
  await expect(edge.slots()).rejects.toThrow();
  await edge.close();
});
