import { fileURLToPath } from 'node:url';
import { loadPack } from '@lethe/policy';
import type { WithdrawalOrder } from '../lethe.ts';
import { FakeLethe } from './fake-lethe.ts';

const pack = loadPack(fileURLToPath(new URL('../../../../policies/xiaopiaopiao', import.meta.url)));
const NOW = new Date('2026-03-02T02:00:00Z');

let lethe: FakeLethe;
let subject: Awaited<ReturnType<FakeLethe['subject']>>;
beforeEach(async () => {
  lethe = new FakeLethe(pack, { now: NOW, region: 'CN' });
  subject = await lethe.subject('u-1');
});

async function paying(): Promise<void> {
  const notice = pack.version;
  await lethe.showNotices([{ subject, about: 'policy', channel: 'app' }]);
  await lethe.consent([{ subject, purpose: 'policy', state: 'given', level: 'acceptance', notice }]);
  const [agreed] = await lethe.consent([{ subject, purpose: 'payment', state: 'given', level: 'explicit', notice }]);
  expect(agreed).toMatchObject({ outcome: 'recorded' });
  const matter = await lethe.matter(subject, 'order', 'o-1');
  const submission = { idempotencyKey: 'payment-1', subject, purpose: 'payment', matter, notice, fields: {} };
  const [answer] = await lethe.collect([{ ...submission, held: ['alipay-info'], place: 'alipay', region: 'CN' }]);
  expect(answer).toMatchObject({ outcome: 'admitted' });
}

test('what the platform holds may be used and is never opened, as Lethe itself answers', async () => {
  await paying();
  expect(
    await lethe.mayUse([{ subject, purpose: 'payment', fields: ['alipay-info'], declarations: ['alipay-chosen'] }]),
  ).toMatchObject([{ may: true, heldBy: 'platform' }]);
  expect(await lethe.open({ subject, purpose: 'payment' })).toMatchObject({
    opened: [],
    refused: [{ refusal: { code: 'held-by-platform', clause: 'XP-CON-07' } }],
  });
});

test('its stores hear of a withdrawal of what they hold, and of no other', async () => {
  const heard: WithdrawalOrder[] = [];
  await lethe.onWithdrawal(async (order) => {
    heard.push(order);
    return { found: 1, deleted: 1, rescan: 0 };
  });
  await paying();
  const notice = pack.version;
  await lethe.consent([{ subject, purpose: 'account', state: 'given', level: 'explicit', notice }]);
  await lethe.consent([{ subject, purpose: 'account', state: 'withdrawn', notice }]);
  expect(heard).toEqual([]);
  await lethe.consent([{ subject, purpose: 'payment', state: 'withdrawn', notice }]);
  expect(heard).toMatchObject([{ subject, purpose: 'payment', entry: 1 }]);
});

test('a notice that was shown, the acts under it and the copy are there to be read, as the pack has them', async () => {
  const notice = pack.version;
  const policy = { subject, purpose: 'policy', state: 'given' as const, level: 'acceptance' as const, notice };
  expect(await lethe.consent([policy])).toMatchObject([{ refusal: { code: 'notice-not-shown' } }]);
  expect(await lethe.showNotices([{ subject, about: 'policy', channel: 'app' }])).toMatchObject([
    { outcome: 'recorded' },
  ]);
  await lethe.consent([policy]);
  await lethe.consent([{ subject, purpose: 'payment', state: 'refused', notice }]);
  expect(await lethe.consentsOf(subject)).toMatchObject({
    consents: [
      { purpose: 'policy', state: 'given', version: 1 },
      { purpose: 'payment', state: 'refused' },
    ],
    guardian: 'not-needed',
  });
  expect(await lethe.consentHistory(subject)).toMatchObject({
    acts: [{ purpose: 'policy' }, { purpose: 'payment' }],
    notices: [{ about: 'policy', version: notice, channel: 'app' }],
  });
});

test('the copy has what Lethe keeps, and says of the rest where it is', async () => {
  await paying();
  expect(await lethe.copyOf(subject)).toMatchObject({
    parts: [],
    withheld: [{ held: { purpose: 'payment', fields: ['alipay-info'], place: 'alipay' } }],
  });
});

test('a sixth copy on one day is refused, and tomorrow there is another', async () => {
  for (let n = 0; n < 5; n += 1) expect((await lethe.copyOf(subject)).refusal).toBeUndefined();
  expect(await lethe.copyOf(subject)).toMatchObject({ refusal: { code: 'asked-too-often' }, again: '2026-03-03' });
  await lethe.advance(new Date(NOW.getTime() + 86_400_000));
  expect((await lethe.copyOf(subject)).refusal).toBeUndefined();
});
