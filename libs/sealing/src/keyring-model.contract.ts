import type { Compartment } from '@lethe/contracts';
import type { Day, MatterId, PartId, SubjectRef, TenantId } from '@lethe/kernel';
import fc from 'fast-check';
import type { KeptAgainst } from './kept-keys.ts';
import { newSubject, part, type KeyringBench } from './keyring.contract.ts';
import type { Keyring } from './keyring.ts';
import type { OpenItem, PartTime } from './seal-item.ts';

/**
 * Random histories of a keyring that two processes use, held after every step against a model of fifty lines: what opens,
 * and what may be sealed. Small numbers of everything, so that everything meets everything.
 */
const SUBJECTS = 3;
const DAYS: readonly Day[] = ['2030-01-01', '2030-01-02', '2030-01-03'];
const MATTERS = 3;
const COMPARTMENTS: readonly Compartment[] = ['contract', 'consent.display'];
const HOLDS = ['hold-1', 'hold-2'];
const CLASS = 'orders';

const which = (of: number) => fc.nat({ max: of - 1 });
const subject = which(SUBJECTS);
const compartment = which(COMPARTMENTS.length);
const day = which(DAYS.length);
const matter = which(MATTERS);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('seal' as const),
      subject,
      compartment,
      time: fc.oneof(fc.record({ day }), fc.record({ matter })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('date' as const), matter, day }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), day }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('destroy day' as const), day, sweep: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('shred' as const), subject, compartment, forEver: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), subject }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('keep' as const),
      hold: which(HOLDS.length),
      parts: fc.nat(),
      against: fc.constantFrom<KeptAgainst>('everything', 'disposal'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), hold: which(HOLDS.length) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('rotate' as const, 'rebuild' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

interface Known {
  readonly item: OpenItem;
  readonly subject: number;
  readonly compartment: number;
  readonly generation: number;
  readonly matter?: number;
  readonly day?: number;
  /** A matter whose key was swept and which is used again is another matter. */
  readonly life: number;
}

class Model {
  readonly parts: Known[] = [];
  readonly days: ('open' | 'closing' | 'dead')[] = DAYS.map(() => 'open');
  readonly matters = Array.from({ length: MATTERS }, () => ({
    life: 0,
    made: false,
    day: undefined as number | undefined,
  }));
  readonly deadThrough = Array.from({ length: SUBJECTS }, () => COMPARTMENTS.map(() => 0));
  readonly youngest = Array.from({ length: SUBJECTS }, () => COMPARTMENTS.map(() => 0));
  readonly kept = HOLDS.map(() => new Map<PartId, KeptAgainst>());

  subjectLives = (of: { subject: number; compartment: number; generation: number }) =>
    of.generation > this.deadThrough[of.subject]![of.compartment]!;
  private dayOf(known: Known): number | undefined {
    return known.matter === undefined ? known.day : this.matters[known.matter]!.day;
  }
  private dayLives(known: Known): boolean {
    if (known.matter !== undefined && this.matters[known.matter]!.life !== known.life) return false;
    const at = this.dayOf(known);
    return at === undefined || this.days[at] !== 'dead';
  }
  lives = (known: Known) => this.subjectLives(known) && this.dayLives(known);
  isKept = (known: Known) => this.kept.some((parts) => parts.has(known.item.part));
  opens = (known: Known) => this.lives(known) || this.isKept(known);
  /** A subject key died: what was kept against disposal only goes with it. */
  dropKept(): void {
    for (const parts of this.kept) {
      for (const [id, against] of parts) {
        if (against === 'disposal' && !this.subjectLives(this.parts.find(({ item }) => item.part === id)!))
          parts.delete(id);
      }
    }
  }
}

let tenants = 0;
let entries = 0;

/** Rejects with what was expected and what was found, if a history of the keyring differs from its model. */
export async function followsTheModel(
  bench: KeyringBench,
  options: { readonly runs: number; readonly steps?: number; readonly seed?: number },
): Promise<void> {
  const keyrings = [await bench.keyring(), await bench.keyring()];
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: options.steps ?? 25 }),
      fc.infiniteStream(fc.boolean()),
      async (steps, coins) => {
        const tenant = `model-${String(++tenants)}` as TenantId;
        const model = new Model();
        const subjects = Array.from({ length: SUBJECTS }, newSubject);
        const matters = await Promise.all(
          subjects.slice(0, MATTERS).map((owner, at) => keyrings[0]!.matterOf(tenant, owner, 'order', String(at))),
        );
        const either = (): Keyring => keyrings[coins.next().value === true ? 1 : 0]!;
        for (const one of steps) {
          await take(one, model, tenant, subjects, matters, either());
          for (const reader of keyrings) await compare(model, tenant, reader, one.do);
        }
      },
    ),
    { numRuns: options.runs, endOnFailure: true, ...(options.seed === undefined ? {} : { seed: options.seed }) },
  );
}

async function compare(model: Model, tenant: TenantId, by: Keyring, after: string): Promise<void> {
  const outcomes = await by.sealer.open(
    tenant,
    model.parts.map(({ item }) => item),
  );
  outcomes.forEach((outcome, at) => {
    const known = model.parts[at]!;
    const wanted = model.opens(known);
    if (wanted !== (outcome.plaintext !== undefined)) {
      throw new Error(
        `after ${after}: part ${String(at)} ${wanted ? `should open, is ${String(outcome.reason)}` : 'opens and should not'}`,
      );
    }
  });
}

function expectSame(what: string, found: unknown, wanted: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted))
    throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
}

async function take(
  one: Step,
  model: Model,
  tenant: TenantId,
  subjects: readonly SubjectRef[],
  matters: readonly MatterId[],
  by: Keyring,
): Promise<void> {
  switch (one.do) {
    case 'seal': {
      const through = model.deadThrough[one.subject]![one.compartment]!;
      const at = 'day' in one.time ? one.time.day : model.matters[one.time.matter]!.day;
      const time: PartTime =
        'day' in one.time
          ? { kind: 'day', day: DAYS[one.time.day]!, class: CLASS }
          : { kind: 'matter', matter: matters[one.time.matter]!, class: CLASS };
      const item = part({ subject: subjects[one.subject]!, compartment: COMPARTMENTS[one.compartment]!, time });
      const [outcome] = await by.sealer.seal(tenant, [item]);
      const standing = at === undefined ? 'open' : model.days[at]!;
      const wanted = through === Infinity ? 'subject-key-dead' : standing === 'open' ? undefined : `day-${standing}`;
      expectSame('seal', outcome!.reason, wanted);
      if (through !== Infinity && model.youngest[one.subject]![one.compartment]! <= through)
        model.youngest[one.subject]![one.compartment] = through + 1;
      if ('matter' in one.time) model.matters[one.time.matter]!.made = true;
      if (outcome!.sealed === undefined) return;
      const { plaintext: _, ...labels } = item;
      const generation = model.youngest[one.subject]![one.compartment]!;
      expectSame('generation', outcome!.generation, generation);
      model.parts.push({
        item: { ...labels, sealed: outcome!.sealed },
        subject: one.subject,
        compartment: one.compartment,
        generation,
        ...('day' in one.time
          ? { day: one.time.day, life: 0 }
          : { matter: one.time.matter, life: model.matters[one.time.matter]!.life }),
      });
      return;
    }
    case 'date': {
      const known = model.matters[one.matter]!;
      const { outcome } = await by.dateMatter(tenant, matters[one.matter]!, CLASS, DAYS[one.day]!);
      const standings = [model.days[one.day]!, known.day === undefined ? 'open' : model.days[known.day]!];
      const wanted = !known.made
        ? 'unknown'
        : standings.includes('dead')
          ? 'dead'
          : standings.includes('closing')
            ? 'closing'
            : 'dated';
      expectSame('date', outcome, wanted);
      if (wanted === 'dated') known.day = one.day;
      return;
    }
    case 'close':
      expectSame('close', await by.closeDay(tenant, DAYS[one.day]!, CLASS), model.days[one.day]);
      if (model.days[one.day] === 'open') model.days[one.day] = 'closing';
      return;
    case 'destroy day':
      await by.destroyDayKey(tenant, DAYS[one.day]!, CLASS, ++entries);
      model.days[one.day] = 'dead';
      if (!one.sweep) return;
      await by.sweepDay(tenant, DAYS[one.day]!, CLASS);
      for (const known of model.matters.filter((each) => each.day === one.day))
        Object.assign(known, { life: known.life + 1, made: false, day: undefined });
      return;
    case 'shred': {
      const generation = model.youngest[one.subject]![one.compartment]!;
      if (!one.forEver && generation === 0) return;
      await by.destroySubjectKeys(tenant, subjects[one.subject]!, [COMPARTMENTS[one.compartment]!], {
        entry: ++entries,
        ...(one.forEver ? {} : { generationAtMost: generation }),
      });
      const known = model.deadThrough[one.subject]!;
      known[one.compartment] = Math.max(known[one.compartment]!, one.forEver ? Infinity : generation);
      return model.dropKept();
    }
    case 'forget':
      await by.forgetSubject(tenant, subjects[one.subject]!, { entry: ++entries });
      model.deadThrough[one.subject]!.fill(Infinity);
      return model.dropKept();
    case 'keep': {
      const chosen = model.parts.filter((_, at) => ((one.parts >> (at % 30)) & 1) === 1);
      const { lost } = await by.keep(
        tenant,
        HOLDS[one.hold]!,
        chosen.map(({ item }) => item),
        one.against,
      );
      const parts = model.kept[one.hold]!;
      const wanted: PartId[] = [];
      for (const known of chosen) {
        const id = known.item.part;
        const may =
          model.lives(known) || (model.isKept(known) && (one.against === 'everything' || model.subjectLives(known)));
        if (may) parts.set(id, parts.get(id) === 'everything' ? 'everything' : one.against);
        else if (!parts.has(id)) wanted.push(id);
      }
      return expectSame('lost', [...lost].sort(), wanted.sort());
    }
    case 'release': {
      const { keys } = await by.releaseKept(tenant, HOLDS[one.hold]!);
      expectSame('released', keys, model.kept[one.hold]!.size);
      return model.kept[one.hold]!.clear();
    }
    case 'rotate':
      await by.rotateEpoch();
      return;
    case 'rebuild':
      await by.rebuildIndex();
      return;
  }
}
