import { events, http, type EventDefinition } from '@lethe/contracts';
import { slotOf, type MatterId, type SubjectRef } from '@lethe/kernel';
import { crashAt, newId } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import { nextEntry, orderFields, SLOTS, startCollection, type Bench, type Tenant } from './collection.contract.ts';
import { face, FACE_DAY, START } from './faces.contract.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

const FACE = 'face-verification';
const FACES = [`consent.${FACE}`];
/** Passed by an admission once its parts are sealed and nothing of it is written. */
const SEALED = 'collection.intake.sealed';

/** An admission that stands at the point, with whoever and whatever it is about. */
interface Story {
  readonly tenant: Tenant;
  readonly subject: SubjectRef;
  readonly guest: SubjectRef;
  readonly matter: MatterId;
}
interface Fence {
  /** What must not be overtaken. */
  readonly what: string;
  readonly promise: string;
  /** What is submitted; a face, unless it is said. */
  readonly submits?: 'order' | 'guest';
  /** What there is before. */
  readonly before?: (story: Story) => Promise<unknown>;
  readonly begins: (story: Story, before: unknown) => Promise<unknown>;
  /** How it ends, once both have gone through: what was under way when it came is covered by it. */
  readonly ends: (story: Story, answered: unknown) => Promise<void>;
}

const said = async <Definition extends EventDefinition>({ tenant }: Story, definition: Definition) =>
  (await tenant.announced(definition)).map(({ data }) => data);
const parts = ({ tenant }: Story, where?: string) => tenant.count('part', where);
const opens = async ({ tenant, subject }: Story) => (await tenant.openFields(FACE, subject)).opened.length;
const refused = async ({ tenant, subject }: Story, code: string) =>
  expect(await tenant.collect({ subject, ...face() })).toMatchObject([{ outcome: 'refused', refusal: { code } }]);

const disposing = ({ tenant }: Story) => tenant.dispose('face', FACE_DAY, 'delete');
const places = (of: (story: Story) => { kind: 'tenant' } | { kind: 'subject'; subject: SubjectRef }) => ({
  begins: (story: Story) => {
    const scope = of(story);
    const about = scope.kind === 'tenant' ? { slot: 0 } : { subject: scope.subject };
    return story.tenant.hear(events.HoldPlacedV1, about, { hold: newId(), scope, at: START });
  },
  ends: async (story: Story) => {
    expect(await said(story, events.HoldRecordedV2)).toMatchObject([{ outcome: 'recorded', parts: 1 }]);
    await disposing(story);
    expect([await parts(story), await opens(story)]).toEqual([1, 1]);
  },
});
const freezes = (of: (story: Story) => SubjectRef) => ({
  begins: (story: Story) =>
    story.tenant.hear(events.SubjectFrozenV1, { subject: of(story) }, { erasure: newId(), at: START }),
  ends: async (story: Story) => {
    // The platform is told what the vault had when it was frozen, and nothing comes after.
    expect(await said(story, events.CollectionErasureAckedV1)).toMatchObject([{ stage: 'frozen', found: 1 }]);
    expect(await parts(story, `subject = '${of(story)}'`)).toBe(1);
  },
});

/** Collection's part of a backup in which a face lay that is lost since. */
async function lostSince({ tenant }: Story) {
  const subject = await tenant.person('lost');
  await tenant.consent(subject, FACE, 1, 'given', 'separate');
  await tenant.collect({ subject, ...face() });
  const backup = newId();
  await tenant.hear(events.BackupOrderedV1, { slot: 0 }, { backup, at: START });
  const { sha256 } = await eventually(
    async () =>
      (await tenant.announced(events.CollectionBackupTakenV2)).find((one) => one.data.backup === backup)?.data,
  );
  await bench.data.admin.transaction((sql) => sql.query('delete from part where tenant = $1', [tenant.id]));
  return { backup, sha256 };
}
/** What of the tenant's was announced, in the order in which the slot's stream has it. */
const stream = async ({ tenant, subject }: Story): Promise<string[]> => {
  const rows = await bench.data.admin.transaction((sql) =>
    sql.query<{ value: string; slot: number }>('select value, slot from outbox where tenant = $1 order by id', [
      tenant.id,
    ]),
  );
  return rows
    .filter(({ slot }) => slot === slotOf(subject, SLOTS))
    .map(({ value }) => (JSON.parse(value) as { type: string }).type);
};

const FENCES: readonly Fence[] = [
  {
    what: 'a withdrawal',
    promise: 'what came in before it goes with it, and nothing comes in after it (I7)',
    begins: ({ tenant, subject }) => tenant.consent(subject, FACE, 2, 'withdrawn', 'separate'),
    ends: async (story) => {
      expect(await parts(story)).toBe(1);
      await refused(story, 'consent-withdrawn');
      await story.tenant.shred(story.subject, FACES, { cause: 'withdrawn', consentVersion: 1 });
      expect(await parts(story)).toBe(0);
    },
  },
  {
    what: 'a withdrawal that consent states anew',
    promise: 'nothing comes in after it (I7)',
    begins: ({ tenant, subject }) =>
      tenant.hear(
        events.PersonStatedV1,
        { subject },
        {
          consents: [
            {
              ...{ consent: newId(), version: 2, purpose: FACE, state: 'withdrawn', level: 'separate' },
              ...{ notice: '2020-11-18', at: START },
            },
          ],
          guardian: undefined,
        },
      ),
    ends: async (story) => {
      expect(await parts(story)).toBe(1);
      await refused(story, 'consent-withdrawn');
    },
  },
  {
    what: 'the keys of a withdrawn consent that are ordered to die',
    promise: 'nothing is sealed under them that stays (I7, I22)',
    begins: ({ tenant, subject }) => tenant.shred(subject, FACES, { cause: 'withdrawn', consentVersion: 1 }),
    ends: async (story) => {
      expect(await parts(story)).toBe(0);
      expect(await said(story, events.SubjectSweptV1)).toMatchObject([{ deleted: 1, rescan: 0 }]);
    },
  },
  {
    what: 'that a person is a child without a guardian',
    promise: 'consent is told of what came in before, and nothing comes in after (I10)',
    begins: ({ tenant, subject }) =>
      tenant.hear(events.GuardianshipChangedV1, { subject }, { version: 1, guardian: 'missing', at: START }),
    ends: async (story) => {
      expect(await said(story, events.ChildFoundV1)).toMatchObject([{ parts: 1 }]);
      await refused(story, 'guardian-consent-required');
    },
  },
  {
    what: 'the freeze of a person',
    promise: 'what came in before is counted in its ack (I24, I25)',
    ...freezes(({ subject }) => subject),
  },
  {
    what: 'the freeze of a guest in somebody else’s order',
    promise: 'what came in before is counted in its ack (I24, I25)',
    submits: 'guest',
    ...freezes(({ guest }) => guest),
  },
  {
    what: 'the keys of an erased person that are ordered to die',
    promise: 'nothing of the person stays, and nothing comes in after (I22, I26)',
    begins: ({ tenant, subject }) => tenant.shred(subject, FACES, { erasure: newId() }),
    ends: async (story) => {
      expect(await parts(story)).toBe(0);
      expect(await said(story, events.SubjectSweptV1)).toMatchObject([{ deleted: 1, rescan: 0 }]);
      await refused(story, 'subject-erased');
    },
  },
  {
    what: 'a day that closes',
    promise: 'what came in before goes with it, and nothing comes in after (I14)',
    begins: disposing,
    ends: async (story) => {
      expect(await said(story, events.DisposalEffectiveV1)).toMatchObject([{ found: 1 }]);
      expect([await parts(story), await opens(story)]).toEqual([0, 0]);
      await refused(story, 'already-due');
    },
  },
  {
    what: 'a hold on a person',
    promise: 'it keeps what came in before it (I15)',
    ...places(({ subject }) => ({ kind: 'subject', subject })),
  },
  {
    what: 'a hold on a tenant',
    promise: 'it keeps what came in before it (I15)',
    ...places(() => ({ kind: 'tenant' })),
  },
  {
    what: 'an anchor',
    promise: 'what came in before is dated by it (I14, I17)',
    submits: 'order',
    begins: ({ tenant, subject, matter }) =>
      tenant.hear(
        events.MatterAnchoredV1,
        { subject },
        { matter, anchor: 'transaction-completed', at: START, version: 1 },
      ),
    ends: async (story) => {
      const [dated, ...more] = await said(story, events.MatterDatedV1);
      expect([dated, more]).toMatchObject([{ matter: story.matter, class: 'orders', parts: 1 }, []]);
    },
  },
  {
    what: 'the end of a tenant',
    promise: 'every slot’s stream has it after the last admission (I26)',
    begins: ({ tenant }) => tenant.hear(events.EndOrderedV1, { slot: 0 }, { end: newId(), at: START }),
    ends: async (story) => {
      const types = await stream(story);
      expect(types.filter((type) => type === events.CollectingEndedV1.type)).toHaveLength(1);
      expect(types.indexOf(events.CollectingEndedV1.type)).toBeGreaterThan(
        types.lastIndexOf(events.PartsAdmittedV1.type),
      );
      expect(await parts(story)).toBe(1);
      await refused(story, 'tenant-closed');
    },
  },
  {
    what: 'a restore that lets in what it found',
    promise: 'what came in meanwhile is there beside it, and is not called lost (I1, I37)',
    before: lostSince,
    begins: ({ tenant }, before) => {
      bench.peers.answer(http.LedgerEntries, () => ({ head: 0, entries: [] }));
      return bench.service.restore.run(tenant.id, {
        ...(before as Awaited<ReturnType<typeof lostSince>>),
        ...{ restore: newId(), approvals: ['issuer#one', 'issuer#two'], service: 'collection' },
      });
    },
    ends: async (story, answered) => {
      expect(answered).toMatchObject({ state: 'restored', restored: 1, unrecoverable: 0 });
      expect([await parts(story), await opens(story)]).toEqual([2, 1]);
    },
  },
  {
    what: 'a recovery that replays the ledger',
    promise: 'what was admitted before of somebody who is erased there goes (I37)',
    begins: ({ tenant, subject }) =>
      bench.data.database.within(tenant.id, (sql) =>
        bench.service.recovering.replay(sql, tenant.id, [
          {
            entry: nextEntry(),
            tenant: tenant.id,
            kind: 'erased',
            subject,
            erasure: newId(),
            compartments: FACES,
            at: START,
          },
        ]),
      ),
    ends: async (story, dropped) => {
      expect([dropped, await parts(story)]).toEqual([1, 0]);
      await refused(story, 'subject-erased');
    },
  },
  {
    what: 'the statement of a slot',
    promise: 'what it counts is what was announced before it (I4)',
    begins: ({ subject }) => bench.service.restate(slotOf(subject, SLOTS)),
    ends: async (story) => {
      const stated = (await said(story, events.TalliesStatedV1)).flatMap(({ tallies }) => tallies);
      expect(stated.reduce((all, { parts: each }) => all + each, 0)).toBe(1);
    },
  },
];

/** What keeps a transaction of this tenant waiting for another of it: of locks of slots that are asked for exclusively, who has them. */
const WAITING = `select unnest(pg_blocking_pids(w.pid)) as pid from pg_locks w
  where w.locktype = 'advisory' and w.mode = 'ExclusiveLock' and not w.granted
    and w.classid::bigint = hashtext($1)::bigint & 4294967295 and w.objid::bigint < ${String(SLOTS)}`;
const ADMITTING = `select distinct pid from pg_locks
  where locktype = 'advisory' and mode = 'ShareLock' and granted and classid::bigint = hashtext($1)::bigint & 4294967295`;
const pids = async ({ tenant }: Story, statement: string): Promise<number[]> =>
  (await bench.data.admin.transaction((sql) => sql.query<{ pid: number }>(statement, [tenant.id]))).map(
    ({ pid }) => pid,
  );

const currentEpoch = async (): Promise<number> => {
  const [row] = await bench.keys.admin.transaction((sql) =>
    sql.query<{ number: number }>(`select number from keyring.epoch where state = 'current'`),
  );
  return row!.number;
};

/** Lets go whoever stands, also where the test has failed. */
let letGo: () => void = () => undefined;
afterEach(() => {
  letGo();
  crashAt.strike = undefined;
});

/** Submits, and comes back when the admission has sealed what it admits and stands; it goes on when it is told to. */
async function underWay({ tenant, subject, guest, matter }: Story, submits: Fence['submits']) {
  const { sealer } = bench.keyring;
  const seal = sealer.seal.bind(sealer);
  const [sealed, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  letGo = gate.resolve;
  const passed: string[] = [];
  crashAt.strike = (name) => void passed.push(name);
  sealer.seal = async (...about) => {
    const outcomes = await seal(...about);
    sealed.resolve();
    await gate.promise;
    return outcomes;
  };
  const visitor = { 'legal-name': '王五', 'id-number': '110101199003070038' };
  const others = [{ subject: guest, declaration: 'other-person-authorized', fields: visitor }];
  const admitting = tenant.collect({
    subject,
    ...(submits === undefined ? face() : { matter, purpose: 'order', fields: orderFields('o-1') }),
    ...(submits === 'guest' ? { others } : {}),
  });
  await Promise.race([sealed.promise, admitting]);
  sealer.seal = seal;
  return {
    goesOn: async () => {
      expect(passed).not.toContain(SEALED);
      gate.resolve();
      expect(await admitting).toMatchObject([{ outcome: 'admitted' }]);
      expect(passed).toContain(SEALED);
    },
  };
}

let stories = 0;
async function story(): Promise<Story> {
  const tenant = await bench.tenant(`fences-${String((stories += 1))}`, START);
  const subject = await tenant.person('u-1');
  const guest = await personElsewhere(tenant, subject);
  await tenant.consent(subject, FACE, 1, 'given', 'separate');
  await tenant.consent(subject, 'order', 1);
  return { tenant, subject, guest, matter: await tenant.matter(subject, 'order', 'o-1') };
}
/** Somebody of another slot. */
async function personElsewhere(tenant: Tenant, subject: SubjectRef): Promise<SubjectRef> {
  for (let n = 0; ; n += 1) {
    const guest = await tenant.person(`guest-${String(n)}`);
    if (slotOf(guest, SLOTS) !== slotOf(subject, SLOTS)) return guest;
  }
}

describe('an admission under way is waited for', () => {
  test.each(FENCES)('by $what: $promise', async ({ submits, before, begins, ends }) => {
    const about = await story();
    const had = await before?.(about);
    const admission = await underWay(about, submits);
    const [admitting, ...others] = await pids(about, ADMITTING);
    expect([admitting, others]).toEqual([expect.any(Number), []]);
    let isDone = false;
    const fencing = begins(about, had).finally(() => (isDone = true));
    fencing.catch(() => undefined);
    const waits = await eventually(async () => isDone || (await pids(about, WAITING)).includes(admitting!));
    expect([waits, isDone]).toEqual([true, false]);
    await admission.goesOn();
    const answered = await fencing;
    await bench.service.background.quiet();
    await ends(about, answered);
  });

  test('by nothing that ends an epoch: what was sealed under keys of the one before opens in the next (I34)', async () => {
    const about = await story();
    const admission = await underWay(about, undefined);
    const before = await currentEpoch();
    await bench.service.epochs.rotate(bench.service.now());
    expect(await currentEpoch()).toBe(before + 1);
    await admission.goesOn();
    await bench.again();
    expect(await opens(about)).toBe(1);
  });
});
