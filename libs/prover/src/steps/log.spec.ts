import { type World } from '../world.ts';
import { Disproof } from '../step.ts';
import { LOG } from './log.ts';

const [, , unreadable] = LOG;
const looked = (travelled: readonly string[], value = '王小明的证件'): Promise<void> => {
  const world = {
    doors: { log: () => Promise.resolve({ travelled }) },
    submitted: { fields: { 'legal-name': value } },
  } as unknown as World;
  return (unreadable!.run as (world: World) => Promise<void>)(world);
};
const name = '王小明的证件';

test.each([
  ['as it is', `{"fields":{"legal-name":"${name}"}}`],
  ['escaped', '\\u738b\\u5c0f\\u660e\\u7684\\u8bc1\\u4ef6'],
  ['as hex', Buffer.from(`x${name}`).toString('hex')],
  ['as base64', Buffer.from(`{"name":"${name}"}`).toString('base64url')],
  ['as base64 that begins elsewhere', Buffer.from(`{"names":"${name}"}`).toString('base64url')],
  ['as base64 that begins at the third byte', Buffer.from(`{"namess":"${name}"}`).toString('base64url')],
  ['in a URL', encodeURIComponent(name)],
])('a value in the log is found %s', async (_, message) => {
  await expect(looked(['an opening', message])).rejects.toThrow(Disproof);
});

test('sealed messages show nothing, and a log in which nothing travelled is no proof', async () => {
  await expect(looked(['an opening', 'AAAA'])).resolves.toBeUndefined();
  await expect(looked([])).rejects.toThrow('nothing has travelled');
  await expect(looked(['one', 'two'], 'x')).rejects.toThrow('no value long enough');
});
