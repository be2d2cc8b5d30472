import { http, type CertificateBody } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { eventually, WHOLE_LETHE } from '@lethe/testing';
import { Instance } from './demo/instance.ts';
import { running, runsWithTenant } from './running.contract.ts';

/** A person of whom a hold keeps something in every compartment is erased all the same: but for what is held. */
runsWithTenant('held-in-all');

const START = '2026-03-02T04:00:00.000Z';
const declarations = ['encrypted-connection'];
const SUBMITTED: { matter?: string; purpose: string; [more: string]: unknown }[] = [
  {
    ...{ matter: 'order', purpose: 'reservation', channel: 'checkout', product: 'reservations-site', declarations },
    fields: { name: '陈静', telephone: '13957110032', 'payment-card': 'tok-8f3k29dk20' },
  },
  {
    ...{ matter: 'account', purpose: 'pertinent-information', channel: 'information-form', declarations },
    fields: { name: '陈静', email: 'chen.jing@example.cn' },
  },
  { purpose: 'survey', channel: 'survey-form', declarations, fields: { 'survey-answers': ['满意'] } },
];

/** A tenant whose policy knows two purposes by consent, and somebody with so many records under each, and under a contract. */
async function withRecords(tenant: string, each: number) {
  const instance = new Instance(running.url, tenant);
  await instance.open('reservations', new Date(START));
  const platform = instance.platform();
  const subject = await platform.subject('user-1');
  const acts = ['pertinent-information', 'survey'].map((purpose) => ({
    ...{ subject, purpose, state: 'given' as const, level: 'opt-in' as const },
  }));
  await instance.ask('backend', http.ActOnConsent, { body: { acts } });
  const of: Record<string, string> = {};
  for (const kind of ['order', 'account']) of[kind] = await platform.matter(subject, kind, `${kind}-1`);
  const records: string[] = [];
  for (const one of SUBMITTED)
    for (let nth = 0; nth < each; nth += 1) {
      let said: unknown;
      const record = await eventually(
        async () => {
          const { matter: kind, ...what } = one;
          const matter = kind === undefined ? {} : { matter: of[kind] };
          const [answer] = await platform.collect([{ ...what, ...matter, subject, idempotencyKey: newId() } as never]);
          said = answer;
          return answer?.outcome === 'admitted' ? answer.record : undefined;
        },
        { ...WHOLE_LETHE, what: () => `a record, not ${JSON.stringify(said)}` },
      );
      records.push(record);
    }
  const { backup } = await instance.ask('operator', http.TakeBackup, { body: { waitMs: 20_000, keepDays: 30 } });
  const place = async (scope: { kind: 'subject'; subject: SubjectRef } | { kind: 'record'; record: string }) => {
    const body = { scope: { ...scope, subject }, reason: 'litigation', authority: 'court', reviewOn: '2026-09-01' };
    return (await instance.ask('officer', http.PlaceHold, { body })).hold;
  };
  return {
    ...{ instance, platform, subject, records, backup, place },
    release: (hold: string) => instance.ask('officer', http.ReleaseHold, { params: { hold } }, 'another'),
    held: async () => {
      const { held } = await instance.ask('officer', http.Held);
      return held.reduce((sum, { parts }) => sum + parts, 0);
    },
    erased: async () => {
      const { request } = await platform.askErasure({
        ...{ subject, kind: 'erasure', ground: 'unlawful', idempotencyKey: newId() },
        identity: { method: 'login-and-code', verifiedAt: START },
      });
      const { certificate } = await eventually(async () => {
        const asked = await platform.request(request);
        return asked.certificate === undefined ? undefined : asked;
      }, WHOLE_LETHE);
      return (await platform.certificate(certificate!))['certificate'] as CertificateBody;
    },
  };
}

test('everything is held: the erasure says so, nobody finds the person again, backups are isolated, and the rest goes with the hold (I15, I16, I22)', async () => {
  const one = await withRecords('held-whole', 1);
  const hold = await one.place({ kind: 'subject', subject: one.subject });
  const certificate = await one.erased();
  expect(certificate.scope.map(({ outcome, parts }) => [outcome, parts])).toEqual(
    SUBMITTED.map(() => ['restricted', 1]),
  );
  expect(certificate.keys.destroyed).toBeGreaterThan(0);
  expect(await one.held()).toBe(SUBMITTED.length);
  expect(await one.platform.subject('user-1')).not.toBe(one.subject);
  await eventually(async () => {
    const { backups } = await one.instance.ask('operator', http.Backups);
    return backups.find(({ backup }) => backup === one.backup)?.state === 'isolated';
  }, WHOLE_LETHE);

  await one.release(hold);
  await eventually(async () => (await one.held()) === 0, WHOLE_LETHE);
  await one.platform.close();
}, 300_000);

test('one record is held under each purpose: the others go with their keys, as the certificate says (I22)', async () => {
  const one = await withRecords('held-each', 2);
  const holds = [];
  for (const record of one.records.filter((_, nth) => nth % 2 === 0))
    holds.push(await one.place({ kind: 'record', record }));
  const certificate = await one.erased();
  const outcomes = certificate.scope.map(({ outcome, parts }) => [outcome, parts]);
  expect(outcomes).toEqual(
    SUBMITTED.flatMap(() => [
      ['restricted', 1],
      ['shredded', 1],
    ]),
  );
  expect(await one.held()).toBe(SUBMITTED.length);

  for (const hold of holds) await one.release(hold);
  await eventually(async () => (await one.held()) === 0, WHOLE_LETHE);
  await one.platform.close();
}, 300_000);
