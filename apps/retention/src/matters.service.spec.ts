import { events, http } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import { admit, asker, eachWithItsTenant, matterId, NOON, person, rig, tenant } from './retention.contract.ts';

eachWithItsTenant();

const state = (...anchors: readonly { matter: string; subject: string; anchor: string; at: string }[]) =>
  rig.ask(http.StateAnchor, asker(tenant).backend, { body: { anchors: [...anchors] } });
const anchored = async () => (await rig.announced(events.MatterAnchoredV1)).filter((event) => event.tenant === tenant);
const completed = (matter = matterId(), subject = person(), at = '2026-02-01T00:00:00.000Z') => ({
  matter,
  subject,
  anchor: 'transaction-completed',
  at,
});

describe('anchors', () => {
  test('are announced in the person’s slot, a version each; what is known already is told again under its own', async () => {
    const one = completed();
    expect(await state(one, one)).toEqual({ accepted: 1, applied: true });
    expect(await state(one)).toEqual({ accepted: 0, applied: true });
    expect(await state({ ...one, at: '2026-02-02T00:00:00.000Z' })).toEqual({ accepted: 1, applied: true });
    expect(await anchored()).toMatchObject([
      { subject: one.subject, data: { matter: one.matter, version: 1, at: '2026-02-01T00:00:00.000Z' } },
      { subject: one.subject, data: { matter: one.matter, version: 1, at: '2026-02-01T00:00:00.000Z' } },
      { subject: one.subject, data: { matter: one.matter, version: 2, at: '2026-02-02T00:00:00.000Z' } },
    ]);
  });

  test('are answered when collection has applied them, one question a slot: what is submitted next is dated by them', async () => {
    let apply: (applied: boolean) => void = () => undefined;
    rig.peers.everythingApplied = new Promise((resolve) => (apply = resolve));
    rig.peers.awaited.length = 0;
    const subject = person();
    let answered = false;
    const stating = state(completed(matterId(), subject), completed(matterId(), subject)).then((answer) => {
      answered = true;
      return answer;
    });
    while (rig.peers.awaited.length === 0) await new Promise(setImmediate);
    expect(rig.peers.awaited).toMatchObject([{ service: 'collection', topic: events.MatterAnchoredV1.topic }]);
    expect(answered).toBe(false);
    apply(true);
    expect(await stating).toEqual({ accepted: 2, applied: true });
    rig.peers.everythingApplied = true;
  });

  test('say whether a busy collection has applied them; saying the same again asks again', async () => {
    const one = completed();
    rig.peers.everythingApplied = false;
    expect(await state(one)).toEqual({ accepted: 1, applied: false });
    expect(await state(one)).toEqual({ accepted: 0, applied: false });
    rig.peers.everythingApplied = true;
    rig.peers.awaited.length = 0;
    expect(await state(one)).toEqual({ accepted: 0, applied: true });
    expect(rig.peers.awaited).toMatchObject([{ service: 'collection', topic: events.MatterAnchoredV1.topic }]);
  });

  test('that no version of the pack has are refused, and nothing of what was stated with them is kept', async () => {
    const one = completed();
    await expect(state(one, { ...completed(), anchor: 'transaction-complete' })).rejects.toMatchObject({
      code: 'retention/anchor-undeclared',
      field: 'anchors.1.anchor',
    });
    expect(await anchored()).toEqual([]);
  });

  test('beyond what a calendar can count from are refused at the door: nobody’s messages wait behind one', async () => {
    for (const at of ['9999-12-31T00:00:00Z', '2500-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '1899-12-31T23:59:59Z']) {
      await expect(state(completed(), completed(matterId(), person(), at))).rejects.toMatchObject({
        code: 'platform/body-does-not-fit',
        field: 'anchors.1.at',
      });
    }
    expect(await anchored()).toEqual([]);
    expect(await state(completed(matterId(), person(), '2499-12-31T23:59:59Z'))).toMatchObject({ accepted: 1 });
  });

  test('stated at once keep versions without a gap', async () => {
    const { matter, subject } = completed();
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        state(completed(matter, subject, `2026-02-01T00:00:${String(n).padStart(2, '0')}.000Z`)),
      ),
    );
    expect((await anchored()).map(({ data }) => data.version)).toEqual(Array.from({ length: 12 }, (_, n) => n + 1));
  });

  test('of another person’s matter are refused whole', async () => {
    const { matter } = completed();
    await state(completed(matter));
    await expect(state(completed(), completed(matter))).rejects.toMatchObject({
      kind: 'conflict',
      code: 'retention/matter-of-another',
      field: 'anchors.1.subject',
    });
    expect(await anchored()).toHaveLength(1);
  });
});

test('closing an account dates what waits for it, and nothing else', async () => {
  const subject = person();
  const [account, order] = [matterId(), matterId()];
  await admit(rig, tenant, { subject, matter: account, class: 'account', compartment: 'contract' });
  await admit(rig, tenant, { subject, matter: order, class: 'orders' });
  await rig.hear(events.AccountClosedV1, { tenant, subject }, { erasure: newId(), at: NOON.toISOString() });
  expect(await anchored()).toMatchObject([
    { data: { matter: account, anchor: 'account-closed', at: NOON.toISOString(), version: 1 } },
  ]);
});

describe('an erasure', () => {
  const erase = async (
    subject: string,
    restrict: { compartment: 'statutory' | 'evidence'; class: string; basis: string }[],
  ) => {
    const erasure = newId();
    const at = NOON.toISOString();
    await rig.hear(events.SubjectFrozenV1, { tenant, subject }, { erasure, at });
    await rig.hear(events.ErasureOrderedV1, { tenant, subject }, { erasure, shred: ['contract'], restrict, at });
    return (await rig.announced(events.RetentionErasureAckedV1))
      .filter((event) => event.subject === subject)
      .map(({ data }) => data);
  };

  test('forgets a person’s matters and counts them; the acks name the freeze', async () => {
    const one = completed();
    await state(one, completed(matterId(), one.subject));
    const [frozen, done] = await erase(one.subject, [
      { compartment: 'evidence', class: 'consents', basis: 'evidence' },
    ]);
    expect(frozen).toMatchObject({ stage: 'frozen', found: 2, deleted: 0, restricted: 0 });
    expect(done).toMatchObject({
      stage: 'done',
      found: 2,
      deleted: 2,
      restricted: 0,
      rescan: 0,
      position: frozen?.position,
    });
    expect(frozen?.position).toBeGreaterThan(0);
    expect(await state(one)).toEqual({ accepted: 0, applied: true });
    expect(await anchored()).toHaveLength(2);
  });

  test('keeps the matters from which a floor still counts, and they can still be dated', async () => {
    const one = completed();
    await state(one);
    const [, done] = await erase(one.subject, [{ compartment: 'statutory', class: 'orders', basis: 'e-commerce-law' }]);
    expect(done).toMatchObject({ found: 1, deleted: 0, restricted: 1, rescan: 0 });
    expect(await state({ ...one, at: '2026-02-03T00:00:00.000Z' })).toEqual({ accepted: 1, applied: true });
  });

  test('of one person changes nothing of another', async () => {
    const [one, other] = [completed(), completed()];
    await state(one, other);
    await erase(one.subject, []);
    expect(await state({ ...other, at: '2026-02-03T00:00:00.000Z' })).toEqual({ accepted: 1, applied: true });
  });
});
