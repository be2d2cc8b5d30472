import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Lethe, Submission } from '@lethe/client';
import { FakeLethe } from '@lethe/client/testing';
import { http } from '@lethe/contracts';
import type { MatterId, SubjectRef } from '@lethe/kernel';
import { loadPack } from '@lethe/policy';
import { eventually, WHOLE_LETHE } from '@lethe/testing';
import { instance, runsWithTenant } from './running.contract.ts';

/**
 * The fake answers like the pack: whatever a platform may ask is asked of the fake and of a running Lethe, in the same order
 * at the same legal times, and answered alike, ids apart.
 */
runsWithTenant('fake');

const START = new Date('2026-03-02T04:00:00Z');
const pack = loadPack(join(import.meta.dirname, '../../../policies/damai'));

/** One of the two, and what it has answered. */
interface Told {
  readonly lethe: Pick<Lethe, keyof Lethe>;
  advance(to: Date): Promise<void>;
  erase(subject: SubjectRef): Promise<unknown>;
}

const real = (): Told => {
  const lethe = instance.platform();
  return {
    lethe,
    advance: async (to) => {
      await instance.ask('operator', http.MoveClock, { body: { to: to.toISOString() } });
      for (let left = 1; left > 0;)
        left = (await instance.ask('operator', http.Sweep, { body: { waitMs: 20_000 } })).outstanding;
    },
    erase: async (subject) => {
      const { request } = await lethe.askErasure(asking(subject));
      const { restricted } = await lethe.request(request, 'certified', 30_000);
      return restricted;
    },
  };
};
const fake = (): Told => {
  const lethe = new FakeLethe(pack, { now: START, region: 'CN' });
  return {
    lethe,
    advance: (to) => lethe.advance(to),
    erase: async (subject) => (await lethe.request((await lethe.askErasure(asking(subject))).request)).restricted,
  };
};
/** Looks like a ref, and was made for nobody. */
const NOBODY = 'A'.repeat(22) as SubjectRef;
const asking = (subject: SubjectRef) => ({
  subject,
  kind: 'erasure' as const,
  idempotencyKey: `erase-${subject}`,
  identity: { method: 'sms-code', verifiedAt: START.toISOString() },
});

const ORDER = { 'order-number': 'N1', 'event-name': '茶馆', 'event-day': '2026-05-01', 'order-amount': 480 };
const LOGS = { purpose: 'display-and-logs', fields: { 'viewed-content': '演唱会', 'ip-address': '10.24.31.7' } };
const INVOICE = {
  ...{ purpose: 'invoice', declarations: ['invoice-requested'] },
  ...{ fields: {}, held: ['invoice-person-name'] },
};
const FACE = { purpose: 'face-verification', declarations: ['face-function'], fields: { 'face-image': 'image' } };
const RECIPIENT = { 'recipient-name': '韩梅梅', 'recipient-phone': '13800000001', 'recipient-address': '北京' };

/** A real name that was checked: asked about and given, and then again. */
async function namedOnce(
  lethe: Told['lethe'],
  collect: (over: Partial<Submission> & { purpose: string }) => Promise<unknown>,
): Promise<unknown[]> {
  const subject = await lethe.subject('u-5');
  const [account, other] = [
    await lethe.matter(subject, 'account', 'a-5'),
    await lethe.matter(subject, 'account', 'a-6'),
  ];
  const purpose = 'real-name';
  await lethe.consent([{ subject, purpose, state: 'given', level: 'explicit', notice: pack.version }]);
  await settled(lethe, subject, purpose, true);
  const asked = () =>
    lethe.mayUse([account, other, undefined].map((matter) => ({ kind: 'collect', subject, purpose, matter })));
  const fields = { 'legal-name': '张三', 'id-number': '110101199003070011' };
  const give = (matter: MatterId) =>
    collect({ subject, purpose, matter, declarations: ['frequent-purchaser'], fields });
  return [await asked(), await give(account), await asked(), await give(account), await give(other)];
}

/** Everything that is asked, in order. */
async function conversation({ lethe, advance, erase }: Told): Promise<Record<string, unknown>> {
  const said: Record<string, unknown> = {};
  const [one, guest, child, goes] = [
    await lethe.subject('u-1'),
    await lethe.subject('u-2'),
    await lethe.subject('u-3'),
    await lethe.subject('u-4'),
  ];
  said['the same person'] = [await lethe.subject('u-1'), one === guest];
  const matter = await lethe.matter(one, 'order', 'o-1');
  said['the same matter'] = [await lethe.matter(one, 'order', 'o-1'), await lethe.matter(one, 'order', 'o-2')];
  const notice = pack.version;
  const backups = await copied(lethe);
  said['backups that were registered'] = backups.answers;
  let key = 0;
  const collect = (over: Partial<Submission> & { purpose: string }) => {
    key += 1;
    return lethe.collect([
      { idempotencyKey: `fake-key-${String(key)}`, subject: one, fields: {}, channel: 'app', notice, ...over },
    ]);
  };
  const cases: Record<string, Partial<Submission> & { purpose: string }> = {
    'an unknown purpose': { purpose: 'fortune-telling', fields: { hand: 'left' } },
    'a field nobody declared': { ...LOGS, fields: { ...LOGS.fields, religion: 'none' } },
    'a value of another kind': { purpose: 'order', matter, fields: { ...ORDER, 'order-amount': 'much' } },
    'a day there is not': { purpose: 'order', matter, fields: { ...ORDER, 'event-day': '2026-02-30' } },
    'an order without its matter': { purpose: 'order', fields: ORDER },
    'an order': { purpose: 'order', matter, fields: ORDER },
    'logs under a contract': LOGS,
    'logs with what tells a device': { ...LOGS, fields: { ...LOGS.fields, 'equipment-id': 'D-1' } },
    'a face nobody agreed to': FACE,
    'from abroad': { ...LOGS, region: 'US' },
    'abroad by a ground, and kept here all the same': {
      ...LOGS,
      ...{ region: 'GB', abroad: { ground: 'law', evidence: ['citation'] } },
    },
    'held by the platform, nobody says where': { ...INVOICE, matter },
    'another person without a word of theirs': {
      purpose: 'ticket-delivery',
      matter,
      fields: RECIPIENT,
      others: [{ subject: guest, declaration: 'none-given', fields: RECIPIENT }],
    },
    'another person who allowed it': {
      purpose: 'ticket-delivery',
      matter,
      fields: RECIPIENT,
      others: [{ subject: guest, declaration: 'other-person-authorized', fields: RECIPIENT }],
    },
    'a ref nobody made': { ...LOGS, subject: NOBODY },
    'another person nobody made known': {
      purpose: 'ticket-delivery',
      matter,
      fields: RECIPIENT,
      others: [{ subject: NOBODY, declaration: 'other-person-authorized', fields: RECIPIENT }],
    },
    'nothing at all': { purpose: 'display-and-logs', fields: {} },
  };
  for (const [name, submission] of Object.entries(cases)) said[name] = await collect(submission);
  const twice = { ...LOGS, idempotencyKey: 'the-same-key', subject: one, channel: 'app', notice } as Submission;
  said['a key used twice'] = [await lethe.collect([twice]), await lethe.collect([twice])];
  said['a key used for something else'] = await lethe.collect([
    { ...twice, fields: { ...LOGS.fields, 'ip-address': '10.0.0.1' } },
  ]);

  const act = (purpose: string, state: 'given' | 'refused' | 'withdrawn', level: 'opt-in' | 'separate' | 'explicit') =>
    lethe.consent([{ subject: one, purpose, state, level, notice }]);
  said['a consent of too low a level'] = await act('face-verification', 'given', 'opt-in');
  said['to a purpose there is not'] = await act('fortune-telling', 'given', 'opt-in');
  said['given'] = await act('face-verification', 'given', 'separate');
  await settled(lethe, one, 'face-verification', true);
  said['a face that was agreed to'] = await collect(FACE);
  said['consents'] = await lethe.consentsOf(one);
  const questions = [
    'face-verification',
    'display-and-logs',
    'order',
    'personalized-display',
    'fortune-telling',
  ].flatMap((purpose) => (['use', 'collect'] as const).map((kind) => ({ subject: one, purpose, kind })));
  said['the gate'] = await lethe.mayUse(questions);
  said['what never changes again'] = await namedOnce(lethe, collect);
  said['opened'] = await lethe.open({ subject: one, purpose: 'face-verification' });
  said['opened for something else'] = await lethe.open({ subject: one, purpose: 'personalized-display' });
  said['the copy'] = await lethe.copyOf(one);
  said['withdrawn'] = await act('face-verification', 'withdrawn', 'separate');
  await settled(lethe, one, 'face-verification', false);
  said['a face that was withdrawn'] = await collect(FACE);
  await gone(lethe, one, 'face-verification');
  said['opened after it was withdrawn'] = await lethe.open({ subject: one, purpose: 'face-verification' });

  said['backups that had something of it'] = await backups.heard(2);

  said['a child'] = await lethe.stateGuardian({ subject: child, child: true, guardianVerified: false });
  await settled(lethe, child, 'registration', false);
  said['a child registers'] = await collect({
    ...{ purpose: 'registration', subject: child, matter: await lethe.matter(child, 'account', 'a-3') },
    fields: { 'account-name': 'u-3', nickname: '小明', password: 'secret-3', 'mobile-number': '13900000003' },
  });
  said['logs of a child'] = await collect({ ...LOGS, subject: child });

  await lethe.anchor([{ matter, subject: one, anchor: 'transaction-completed', at: '2026-03-01T02:00:00.000Z' }]);
  said['the copy with dates'] = await lethe.copyOf(one);
  said['collected when the anchor had come'] = await collect({ purpose: 'order', matter, fields: ORDER });

  said['of somebody who goes'] = await goer(lethe, goes, collect);
  said['what stays of them'] = await erase(goes);
  said['backups that had something of them'] = await backups.heard(3);
  said['the copy of one who went'] = await lethe.copyOf(goes);
  said['logs of one who went'] = await collect({ ...LOGS, subject: goes });
  said['who returns is somebody else'] = (await lethe.subject('u-4')) === goes;

  said['another person’s matter'] = await collect({ subject: guest, purpose: 'order', matter, fields: ORDER });
  await advance(new Date('2027-06-01T04:00:00Z'));
  await gone(lethe, one, 'display-and-logs');
  said['backups whose day has come'] = await backups.heard(6);
  said['what is left after a year'] = await lethe.copyOf(one);
  said['collected too late'] = await collect({ ...LOGS, collectedAt: '2026-03-02T04:00:00.000Z' });
  await advance(new Date('2029-06-01T04:00:00Z'));
  await gone(lethe, one, 'order');
  said['what is left after three'] = await lethe.copyOf(one);
  await lethe.close();
  return said;
}

/** Three backups of the platform, what was answered, and what was ordered of them by and by. */
async function copied(lethe: Told['lethe']) {
  const covers = { from: '2026-03-02T01:00:00.000Z', until: '2026-03-02T02:00:00.000Z' };
  const all = { faces: ['face'], logs: ['logs'], anything: [] };
  const taken = Object.entries(all).map(([name, classes]) => ({ name, backup: randomUUID(), classes }));
  const nameOf = (backup: string) => taken.find((one) => one.backup === backup)?.name;
  const orders: string[] = [];
  await lethe.onBackup(({ backup, wanted, because = '' }) => {
    orders.push(`${String(nameOf(backup))} ${wanted} ${because}`);
    return Promise.resolve({ left: 0 });
  });
  const code = (work: Promise<unknown>) => work.then(String, (error: { code?: string; field?: string }) => error);
  const answers: unknown[] = [];
  for (const { backup, classes } of taken) {
    const one = { backup, classes, ...covers, purgeOn: '2030-01-01' };
    const wrong = { ...one, backup: randomUUID() };
    answers.push(
      await lethe.registerBackup(one),
      await lethe.registerBackup(one),
      await lethe.mayRestore(backup),
      ...(await Promise.all(
        [
          lethe.registerBackup({ ...one, until: covers.from }),
          lethe.registerBackup({ ...wrong, classes: ['no-such-class'] }),
          lethe.registerBackup({ ...wrong, from: covers.until, until: covers.from }),
          lethe.registerBackup({ ...wrong, until: '2026-03-02T09:00:00.000Z' }),
          lethe.mayRestore(randomUUID()),
          lethe.stateBackup({ backup, wanted: 'purge', left: 0 }),
        ].map(async (work) => {
          const { code: told, field } = (await code(work)) as { code?: string; field?: string };
          return { told, field };
        }),
      )),
    );
  }
  const heard = async (orders_: number) => {
    await eventually(() => orders.length >= orders_, WHOLE_LETHE);
    const may = await Promise.all(taken.map(({ backup }) => lethe.mayRestore(backup)));
    return { orders: orders.toSorted(), may };
  };
  return { answers, heard };
}

async function goer(
  lethe: Told['lethe'],
  goes: SubjectRef,
  collect: (over: Partial<Submission> & { purpose: string }) => Promise<unknown>,
): Promise<unknown> {
  const matter: MatterId = await lethe.matter(goes, 'order', 'o-9');
  const order = await collect({ subject: goes, purpose: 'order', matter, fields: ORDER });
  await lethe.anchor([{ matter, subject: goes, anchor: 'transaction-completed', at: '2026-03-01T02:00:00.000Z' }]);
  return [order, await collect({ ...LOGS, subject: goes })];
}

/** Other services may be a moment behind. */
async function settled(lethe: Told['lethe'], subject: SubjectRef, purpose: string, may: boolean): Promise<void> {
  await eventually(
    async () => (await lethe.mayUse([{ subject, purpose, kind: 'collect' }]))[0]?.may === may,
    WHOLE_LETHE,
  );
}
const gone = (lethe: Told['lethe'], subject: SubjectRef, purpose: string): Promise<true> =>
  eventually(async () => {
    const { opened, refused } = await lethe.open({ subject, purpose });
    return opened.length === 0 && refused.every(({ part }) => part === undefined);
  }, WHOLE_LETHE);

const ID = /^(?:[0-9a-f]{8}-[0-9a-f-]{27}|[\w-]{21}[AQgw])$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;
/** In the place of what tells a device. */
const PSEUDONYM = /^p\.[\w-]{22}$/;

/** Ids by the order in which they came, instants by their day; lists that have no order of their own in one. */
function alike(said: unknown): unknown {
  const ids = new Map<string, string>();
  const walk = (value: unknown, name: string): unknown => {
    if (typeof value === 'string' && ID.test(value)) {
      if (!ids.has(value)) ids.set(value, `id ${String(ids.size + 1)}`);
      return ids.get(value);
    }
    if (typeof value === 'string' && PSEUDONYM.test(value)) return 'a pseudonym';
    if (typeof value === 'string' && INSTANT.test(value)) return value.slice(0, 10);
    if (Array.isArray(value)) return value.map((each) => walk(each, name));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => key !== 'text')
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, each]) => [key, walk(each, key)]),
    );
  };
  return walk(said, '');
}

test('the fake and a running Lethe answer a platform alike', async () => {
  const [expected, answered] = [await conversation(real()), await conversation(fake())];
  expect(alike(answered)).toEqual(alike(expected));
}, 180_000);
