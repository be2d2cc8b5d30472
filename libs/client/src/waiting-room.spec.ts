import { Fault } from '@lethe/kernel';
import { WaitingRoom } from './waiting-room.ts';

const limits = { items: 3, bytes: 10_000, pauseMs: 1 };

test('what waits is told in order once Lethe is back, and each is answered', async () => {
  const room = new WaitingRoom(limits);
  let away = true;
  const told: string[] = [];
  const tell = async (text: string) => {
    if (away) return undefined;
    told.push(text);
    return `answer to ${text}`;
  };
  const answers = ['a', 'b'].map((text) => room.hold(text, tell));
  expect(room.size).toBe(2);
  away = false;
  expect(await Promise.all(answers)).toEqual(['answer to a', 'answer to b']);
  expect(told).toEqual(['a', 'b']);
});

test('what does not fit is refused, never dropped silently', async () => {
  const room = new WaitingRoom(limits);
  const away = async () => undefined;
  const held = ['a', 'b', 'c'].map((text) => room.hold(text, away));
  await expect(room.hold('d', away)).rejects.toMatchObject({ code: 'client/queue-full' });
  room.close();
  for (const one of held) await expect(one).rejects.toMatchObject({ code: 'client/closed' });
});

test('a submission that will never be right is refused and does not stop the others', async () => {
  const room = new WaitingRoom(limits);
  const wrong = room.hold('wrong', async () => Promise.reject(new Fault('invalid', 'http/invalid', 'no')));
  const right = room.hold('right', async (text) => text);
  await expect(wrong).rejects.toMatchObject({ kind: 'invalid' });
  expect(await right).toBe('right');
});
