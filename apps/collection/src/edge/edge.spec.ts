import { events } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { crashAt, newId, newRef } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import { nextEntry, startCollection, type Bench } from '../collection.contract.ts';
import { EdgeBench, face, makeKey, START } from './edge.contract.ts';
import { hourOf, INTAKE_KEY_LIVES_MS } from './sessions.ts';

let bench: Bench;
let edge: EdgeBench;
beforeAll(async () => {
  bench = await startCollection();
  edge = new EdgeBench(bench);
}, 120_000);
afterEach(() => {
  crashAt.strike = undefined;
});
afterAll(async () => {
  await edge?.stop();
  await bench?.stop();
});

const admitting = async (name: string) => {
  const tenant = await bench.tenant(name, START);
  const subject = await tenant.person('u-1');
  await tenant.consent(subject, 'face-verification', 1, 'given', 'separate');
  return { tenant, subject };
};

describe('a submission through the topic', () => {
  test('is answered as over HTTP: admitted with its parts, or refused with code and clause', async () => {
    const { tenant, subject } = await admitting('edge-answers');
    const platform = edge.platform(tenant);
    const key = newId();
    const [admitted, refused] = await platform.collect([
      face(subject, 'a-face', key),
      face(await tenant.person('u-2')),
    ]);
    expect(admitted).toMatchObject({
      outcome: 'admitted',
      idempotencyKey: key,
      replayed: false,
      parts: [{ compartment: 'consent.face-verification', subject }],
    });
    expect(refused).toMatchObject({ outcome: 'refused', refusal: { code: 'separate-consent-required' } });
    expect(await platform.collect([face(newRef() as SubjectRef)])).toMatchObject([
      { outcome: 'refused', refusal: { code: 'subject-unknown', clause: 'DM-IDV-03', field: 'subject' } },
    ]);
    expect(await tenant.openFields('face-verification', subject)).toMatchObject({
      opened: [{ fields: { 'face-image': 'a-face' } }],
    });
    expect(await edge.refusals(tenant)).toEqual([]);
    // Nobody said where: it is where this installation stores.
    expect(await tenant.count('part', `region = 'CN'`)).toBe(1);
  });

  test('names what the platform holds itself without a value, and is refused where Lethe wants the value', async () => {
    const { tenant, subject } = await admitting('edge-held');
    const matter = await tenant.matter(subject, 'order', 'o-1');
    const held = {
      idempotencyKey: newId(),
      subject,
      purpose: 'invoice',
      matter,
      declarations: ['invoice-requested'],
      fields: {},
      held: ['invoice-person-name'],
      place: 'invoicing',
      region: 'CN',
    };
    const [admitted, refused] = await edge.platform(tenant).collect([held, { ...face(subject), held: ['face-image'] }]);
    expect(admitted).toMatchObject({ outcome: 'admitted', parts: [{ class: 'invoices' }] });
    expect(refused).toMatchObject({ outcome: 'refused', refusal: { code: 'wrong-type', field: 'held' } });
    expect(await tenant.count('part', `custody = 'platform' and sealed is null and place = 'invoicing'`)).toBe(1);
  });

  test('sent again is admitted once and given the first answer; its key for something else is refused', async () => {
    const { tenant, subject } = await admitting('edge-once');
    const key = newId();
    const platform = edge.platform(tenant);
    const [first] = await platform.collect([face(subject, 'a-face', key)]);
    const [second] = await platform.collect([face(subject, 'a-face', key)]);
    expect(second).toMatchObject({ outcome: 'admitted', replayed: true, submission: first!.submission });
    expect(await platform.collect([face(subject, 'another', key)])).toMatchObject([
      { outcome: 'refused', refusal: { code: 'idempotency-key-reused', field: 'idempotencyKey' } },
    ]);
    expect(await tenant.count('part')).toBe(1);
  });

  test('says which declared field was wrong, as over HTTP', async () => {
    const { tenant, subject } = await admitting('edge-names-fields');
    expect(await edge.platform(tenant).collect([{ ...face(subject), fields: {} }])).toMatchObject([
      { outcome: 'refused', refusal: { code: 'missing-field', field: 'fields.face-image' } },
    ]);
  });

  test('leaves nothing readable in either topic: no value, no idempotency key, no name of an undeclared field', async () => {
    const { tenant, subject } = await admitting('edge-leaks');
    const marks = ['MARK-value', 'MARK-key-13800000000', 'MARK-second'];
    const platform = edge.platform(tenant);
    await platform.collect([face(subject, marks[0], marks[1])]);
    const undeclared = { ...face(subject, marks[2]), fields: { 'face-image': 'x', 'zhang-san': 'MARK-third' } };
    expect(await platform.collect([undeclared])).toMatchObject([
      { outcome: 'refused', refusal: { code: 'undeclared-field' } },
    ]);
    const written = edge.written(tenant).join('\n');
    expect(written).toContain('platform.submission-sealed.v1');
    for (const mark of [...marks, 'MARK-third', 'zhang-san', 'face-image"']) {
      for (const form of [mark, Buffer.from(mark).toString('base64').slice(0, -4), Buffer.from(mark).toString('hex')])
        expect(written.includes(form)).toBe(false);
    }
  });

  test('waits while nobody knows the consents, and is admitted when they are known again', async () => {
    const { tenant, subject } = await admitting('edge-lease');
    const platform = edge.platform(tenant, { resendMs: 60_000 });
    await platform.collect([face(subject, 'before')]);
    bench.advance(40_000);
    const later = platform.collect([face(subject, 'after')]);
    const early = await Promise.race([later, new Promise((resolve) => setTimeout(resolve, 300))]);
    expect(early).toBeUndefined();
    expect(await tenant.count('part')).toBe(1);
    await bench.beat();
    expect(await later).toMatchObject([{ outcome: 'admitted' }]);
  });
});

describe('sessions', () => {
  test('one session carries an hour; then another is opened', async () => {
    const { tenant, subject } = await admitting('edge-hours');
    const platform = edge.platform(tenant);
    for (let n = 0; n < 3; n += 1) await platform.collect([face(subject)]);
    const opened = () =>
      new Set(
        edge
          .written(tenant)
          .filter((value) => value.includes('session-opened'))
          .map((value) => (JSON.parse(value) as { data: { session: string } }).data.session),
      ).size;
    expect(opened()).toBe(1);
    bench.advance(56 * 60_000);
    await bench.beat();
    expect(await platform.collect([face(subject)])).toMatchObject([{ outcome: 'admitted' }]);
    expect(opened()).toBe(2);
  });

  test('a session of a signer that nobody registered is refused, told, and ends in a typed fault', async () => {
    const { tenant, subject } = await admitting('edge-stranger');
    await edge.registered(tenant);
    const stranger = edge.platform(tenant, { key: makeKey('stranger'), registered: false });
    await expect(stranger.collect([face(subject)])).rejects.toMatchObject({
      kind: 'forbidden',
      code: 'client/session-refused',
    });
    const codes = (await edge.refusals(tenant)).map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(['unknown-signer', 'unknown-session']));
    expect(edge.answers(tenant)).toContainEqual(
      expect.objectContaining({
        type: 'collection.session-refused.v1',
        data: expect.objectContaining({ code: 'unknown-signer' }),
      }),
    );
    expect(await tenant.count('part')).toBe(0);
  });

  test('an ended key opens no session any more, and those it opened end', async () => {
    const { tenant, subject } = await admitting('edge-ended');
    const key = makeKey('to-end');
    const platform = edge.platform(tenant, { key });
    await platform.collect([face(subject)]);
    expect(await edge.edge.end(tenant.id, key.kid, edge.now())).toEqual({ ended: true });
    await expect(platform.collect([face(subject)])).rejects.toMatchObject({ code: 'client/session-refused' });
    await expect(edge.registered(tenant, makeKey('to-end'))).rejects.toMatchObject({
      kind: 'conflict',
      code: 'collection/kid-taken',
    });
  });
});

describe('the life of an intake key', () => {
  test('while it lives no key epoch makes final what came under it; after its death the next does (I23)', async () => {
    const { tenant, subject } = await admitting('edge-final');
    const { tenant: neighbor } = await admitting('edge-final-neighbor');
    await edge.platform(tenant).collect([face(subject)]);
    const [kid] = await bench.keyring.intakeKeys.living(tenant.id);
    const { effectiveAt } = await bench.keyring.forgetSubject(tenant.id, subject, { entry: nextEntry() });
    const before = async (of: typeof tenant) =>
      Date.parse((await of.announced(events.EpochEndedV1)).at(-1)!.data.before);
    const sealed = edge.written(tenant).find((value) => value.includes('submission-sealed'));
    expect(sealed).toBeDefined();

    await bench.service.epochs.rotate(edge.now());
    expect(await bench.keyring.intakeKeys.open(tenant.id, kid!)).toBeDefined();
    expect(await before(tenant)).toBeLessThan(hourOf(kid!));
    expect(await before(neighbor)).toBeGreaterThanOrEqual(effectiveAt.getTime());

    await bench.keyring.intakeKeys.destroy(tenant.id, kid!);
    await bench.service.epochs.rotate(edge.now());
    expect(await before(tenant)).toBeGreaterThanOrEqual(effectiveAt.getTime());
  });

  test('of an epoch that was interrupted nobody knows which of them lived when it began: only what is older than any lives is final', async () => {
    const { tenant } = await admitting('edge-interrupted');
    const { tenant: neighbor } = await admitting('edge-interrupted-neighbor');
    await edge.registered(tenant);
    const kid = (await edge.edge.intakeKey(tenant.id, edge.now())).kid;
    const interrupted = bench.keyring.rotateEpoch({
      onStep: (step) => {
        if (step === 'snapshot') throw new Error('killed');
      },
    });
    await expect(interrupted).rejects.toThrow('killed');
    await bench.keyring.intakeKeys.destroy(tenant.id, kid);
    await bench.service.epochs.rotate(edge.now());
    const [theirs, ours] = await Promise.all(
      [neighbor, tenant].map(async (of) => Date.parse((await of.announced(events.EpochEndedV1)).at(-1)!.data.before)),
    );
    expect(theirs! - ours!).toBe(INTAKE_KEY_LIVES_MS);
  });

  test('it dies when every slot has passed a fence written after its sessions, and what it sealed is then unreadable', async () => {
    const { tenant, subject } = await admitting('edge-key-dies');
    await edge.platform(tenant).collect([face(subject)]);
    const [kid] = await bench.keyring.intakeKeys.living(tenant.id);
    bench.advance(2 * 3_600_000 + 6 * 60_000);
    await bench.beat();
    await eventually(async () => !(await bench.keyring.intakeKeys.living(tenant.id)).includes(kid!), {
      what: 'the end of the key',
    });
    expect(edge.written(tenant).filter((value) => value.includes('intake-fence'))).toHaveLength(4);
    expect(await edge.refusals(tenant)).toEqual([]);
    /* The old messages once more, as a thief of the topic would: nobody can open them. */
    const old = edge.written(tenant).find((value) => value.includes('submission-sealed'))!;
    await bench.log.append(`lethe.in.${tenant.id}`, 0, [{ number: 0, incarnation: 'thief', id: newId(), value: old }]);
    await eventually(
      async () =>
        (await edge.refusals(tenant)).some(
          ({ code }) => code === 'intake-key-gone' || code === 'unknown-session' || code === 'session-expired',
        ),
      { what: 'its refusal' },
    );
  });
});

describe('cut off in the middle', () => {
  test.each([
    'collection.edge.admitted',
    'collection.edge.written',
    'collection.intake.written',
    'collection.intake.committed',
  ])('at %s: admitted once, answered', async (point) => {
    const { tenant, subject } = await admitting(point.replaceAll('.', '-'));
    const platform = edge.platform(tenant, { resendMs: 60_000 });
    let struck = 0;
    crashAt.strike = (name) => {
      if (name !== point || struck > 0) return;
      struck += 1;
      throw new Error('killed');
    };
    const answers = platform.collect([face(subject), face(subject, 'second')]);
    await eventually(() => struck > 0, { what: 'the strike' });
    await edge.again();
    await bench.beat();
    expect((await answers).map(({ outcome }) => outcome)).toEqual(['admitted', 'admitted']);
    expect(await tenant.count('part')).toBe(2);
    expect(await edge.refusals(tenant)).toEqual([]);
  });
});
