import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { http, type Asking, type Role, type Route } from '@lethe/contracts';
import type {
  ConsentAct,
  GateQuestion,
  ErasureOrder,
  Lethe,
  Statement,
  Submission,
  SubmissionAnswer,
} from '@lethe/client';
import { dayOf, Fault, type MatterId, type SubjectRef } from '@lethe/kernel';
import { submissionOf } from './forms.ts';
import { drill, type Drill, type Lose } from './drill.ts';
import type { Instance } from './instance.ts';
import { patient } from './patient.ts';
import type { Month, Scene, Story } from './story.ts';
import type { z } from 'zod';

const ZONE = 'Asia/Shanghai';
const BATCH = 500;
const WAIT_MS = 30_000;
/** For what may have to come back first. */
const PATIENCE_MS = 180_000;

export interface Played {
  /** What each person was handed when it was certified, by request: theirs to keep, whatever becomes of Lethe's own copy. */
  readonly certificates: Map<string, { readonly certificate: string; readonly document: Record<string, unknown> }>;
  /** Refusals in plain words, the first of each clause. */
  readonly examples: Map<string, { readonly code: string; readonly clause: string; readonly purpose: string }>;
  drill?: Drill | undefined;
}

/**
 * Plays a story through the public doors only. Time moves to the next day on which anything is due, never day by day;
 * each step waits for what it caused, so that the same seed counts the same. What does not answer is asked again, under the same
 * key or name, so that a service may be started anew at any moment and nothing counts twice.
 */
export class Player {
  readonly played: Played = { certificates: new Map(), examples: new Map() };
  readonly #subjects = new Map<number, SubjectRef>();
  readonly #friends = new Map<number, SubjectRef>();
  readonly #orders = new Map<number, MatterId>();
  readonly #accounts = new Map<number, MatterId>();
  readonly #closed = new Set<number>();
  readonly #joined = new Set<number>();
  /** What the platform's own archive holds, by person: it takes part in erasures like any other store. */
  readonly #archive = new Map<string, number>();
  /** What was stated for an erasure; whoever asks again is told the same. */
  readonly #stated = new Map<string, Statement>();
  #key = 0;
  #notice = '';
  /** Legal time as last moved. */
  #now = new Date(0);

  constructor(
    private readonly instance: Instance,
    private readonly platform: Lethe,
    private readonly story: Story,
    private readonly seed: number,
    private readonly lose: Lose,
  ) {}

  async start(): Promise<void> {
    this.#notice = (await this.#ask('backend', http.CurrentNotice)).version;
    await patient(() => this.platform.onErasure((order) => Promise.resolve(this.#forget(order))));
    await patient(() => this.platform.onDisposal(() => Promise.resolve({ found: 0, deleted: 0, rescan: 0 })));
  }

  async month(month: Month): Promise<void> {
    await this.advance(month.at);
    if (month.backup)
      await this.#ask('operator', http.TakeBackup, {
        body: { backup: randomUUID(), keepDays: 75, waitMs: WAIT_MS },
      });
    for (const scenes of runs(month.scenes.filter(({ person }) => !this.#closed.has(person))))
      await this.#play(scenes, month.at);
  }

  /** Moves legal time forward, stopping on every day on which something is due. */
  async advance(to: Date): Promise<void> {
    for (;;) {
      const { nextDay } = await this.#ask('operator', http.Forecast);
      if (nextDay === undefined || nextDay > dayOf(to, ZONE)) break;
      await this.#sweepOn(new Date(`${nextDay}T04:00:00Z`));
    }
    await this.#moveTo(to);
  }

  /** Asks as often as it takes: only what is safe to repeat. */
  #ask<R extends Route>(role: Role, route: R, asking: Asking<R> = {}): Promise<z.output<R['answer']>> {
    return patient(() => this.instance.ask(role, route, asking));
  }

  /** Legal time moves forward only: a moment that has passed needs no move. */
  async #moveTo(to: Date): Promise<void> {
    if (to <= this.#now) return;
    const began = performance.now();
    await patient((before) => {
      // If an answer was lost legal time has gone on since: seconds later is forward again, and the same day.
      const later = before === 0 ? 0 : performance.now() - began + 1_000 * before;
      return this.instance.ask('operator', http.MoveClock, {
        body: { to: new Date(to.getTime() + later).toISOString() },
      });
    });
    this.#now = to;
  }

  /** After the last month: the backups reach their dates, the key epoch ends, and the last certificates become final. */
  async finish(): Promise<void> {
    await this.#drill();
    const last = this.story.months.at(-1)?.at ?? this.story.startAt;
    await this.advance(new Date(last.getTime() + 100 * 86_400_000));
    await this.#ask('operator', http.RotateEpoch);
    const [request] = [...this.played.certificates.keys()].slice(-1);
    if (request !== undefined) await this.#untilFinal(request);
  }

  async #drill(): Promise<void> {
    const closed = [...this.#closed].filter((person) => this.#joined.has(person));
    this.played.drill = await drill(this.instance, {
      quiet: (takenAt) => this.#quiet(takenAt),
      erased: closed.flatMap((person) => this.#subjects.get(person) ?? []),
      lose: this.lose,
    });
  }

  /** Who joined before the month in which a backup was taken, is still there and has done nothing since, in the order of the story. */
  #quiet(takenAt: Date): SubjectRef[] {
    const since = this.story.months.findLastIndex(({ backup, at }) => backup && at <= takenAt);
    const busy = new Set(this.story.months.slice(since).flatMap(({ scenes }) => scenes.map(({ person }) => person)));
    return [...this.#joined]
      .filter((person) => !this.#closed.has(person) && !busy.has(person))
      .sort((one, other) => one - other)
      .flatMap((person) => this.#subjects.get(person) ?? []);
  }

  /** A certificate is final once the last backup and the last copy of a key are gone. */
  async #untilFinal(request: string): Promise<void> {
    const { state } = await patient(() => this.platform.request(request, 'final', WAIT_MS));
    if (state !== 'final')
      throw new Fault(
        'unavailable',
        'demo/not-final',
        `a certificate is ${state}, not final, though the last backup is gone`,
      );
    const handed = this.played.certificates.get(request);
    if (handed === undefined) return;
    const document = await patient(() => this.platform.certificate(handed.certificate));
    this.played.certificates.set(request, { ...handed, document });
  }

  async #sweepOn(at: Date): Promise<void> {
    await this.#moveTo(at);
    for (let tries = 0; tries < 5; tries += 1) {
      const { outstanding } = await this.#ask('operator', http.Sweep, { body: { waitMs: WAIT_MS } });
      if (outstanding === 0) return;
    }
    throw new Fault('unavailable', 'demo/sweep-outstanding', 'a sweep ordered something that did not become effective');
  }

  async #play(scenes: readonly Scene[], at: Date): Promise<void> {
    const [first] = scenes;
    if (first === undefined) return;
    switch (first.kind) {
      case 'guardian': {
        for (const scene of scenes) {
          if (scene.kind !== 'guardian') continue;
          const subject = await this.#subject(scene.person);
          await patient(() => this.platform.stateGuardian({ subject, child: true, guardianVerified: scene.verified }));
          await this.#untilGate([{ subject, purpose: 'registration', kind: 'collect' }], scene.verified);
        }
        return;
      }
      case 'consent':
      case 'withdraw':
        return this.#consent(scenes, at);
      case 'complete': {
        const anchors = [];
        for (const scene of scenes) {
          if (scene.kind !== 'complete') continue;
          const matter = this.#orders.get(scene.order);
          if (matter !== undefined)
            anchors.push({
              matter,
              subject: await this.#subject(scene.person),
              anchor: 'transaction-completed',
              at: at.toISOString(),
            });
        }
        for (const batch of chunks(anchors, BATCH)) await patient(() => this.platform.anchor(batch));
        return;
      }
      case 'close':
        await eachOf(scenes, 24, (scene) => this.#close(scene.person, at));
        return;
      case 'join':
      case 'mistake':
      case 'real-name':
      case 'face':
      case 'order':
      case 'deliver':
      case 'invoice':
      case 'browse':
        return this.#collect(scenes, at);
    }
  }

  async #collect(scenes: readonly Scene[], at: Date): Promise<void> {
    const submissions: Submission[] = [];
    for (const batch of chunks(scenes, 50))
      submissions.push(...(await Promise.all(batch.map((scene) => this.#submission(scene, at)))));
    for (const batch of chunks(submissions, BATCH)) {
      const answers = await this.platform.collect(batch);
      answers.forEach((answer, index) => this.#note(answer, batch[index]?.purpose ?? ''));
    }
  }

  async #submission(scene: Scene, at: Date): Promise<Submission> {
    const person = this.story.people[scene.person];
    if (person === undefined) throw new Fault('invalid', 'demo/no-person', 'the story names a person it does not have');
    const subject = await this.#subject(scene.person);
    this.#joined.add(scene.person);
    this.#archive.set(subject, (this.#archive.get(subject) ?? 0) + 1);
    this.#key += 1;
    return submissionOf(scene, person, {
      idempotencyKey: `demo-${String(this.seed)}-${String(this.#key).padStart(8, '0')}`,
      subject,
      collectedAt: at.toISOString(),
      notice: this.#notice,
      matter: async () => {
        if ('order' in scene)
          return remember(this.#orders, scene.order, () =>
            patient(() => this.platform.matter(subject, 'order', `order-${String(scene.order)}`)),
          );
        return remember(this.#accounts, scene.person, () =>
          patient(() => this.platform.matter(subject, 'account', `account-${person.userId}`)),
        );
      },
      friend: () =>
        remember(this.#friends, scene.person, () => patient(() => this.platform.subject(`friend-of-${person.userId}`))),
    });
  }

  async #consent(scenes: readonly Scene[], at: Date): Promise<void> {
    const acts: ConsentAct[] = [];
    for (const scene of scenes) {
      if (scene.kind === 'consent')
        acts.push({
          subject: await this.#subject(scene.person),
          purpose: scene.purpose,
          state: 'given',
          level: scene.level,
          notice: this.#notice,
          at: at.toISOString(),
        });
      if (scene.kind === 'withdraw')
        acts.push({
          subject: await this.#subject(scene.person),
          purpose: scene.purpose,
          state: 'withdrawn',
          at: at.toISOString(),
        });
    }
    for (const batch of chunks(acts, 100)) {
      const outcomes = await patient(() => this.platform.consent(batch));
      outcomes.forEach((outcome, index) => {
        const purpose = batch[index]?.purpose ?? '';
        if (outcome.outcome === 'refused') this.#example(outcome.refusal.code, outcome.refusal.clause, purpose);
      });
      const taken = batch.filter((_, index) => outcomes[index]?.outcome !== 'refused');
      for (const [state, may] of [
        ['given', true],
        ['withdrawn', false],
      ] as const) {
        const questions = taken
          .filter((act) => act.state === state)
          .map(({ subject, purpose }) => ({ subject, purpose, kind: 'collect' as const }));
        await this.#untilGate(questions, may);
      }
    }
  }

  /** Waits until the gate knows what was stated: under load another service may be seconds behind. */
  async #untilGate(questions: readonly GateQuestion[], may: boolean): Promise<void> {
    if (questions.length === 0) return;
    const deadline = Date.now() + PATIENCE_MS;
    while (Date.now() < deadline) {
      const answers = await this.platform.mayUse(questions);
      if (answers.every((answer) => answer.may === may)) return;
      await pause(100);
    }
    throw new Fault('unavailable', 'demo/gate-behind', 'the gate does not know what was stated');
  }

  async #close(person: number, at: Date): Promise<void> {
    if (!this.#joined.has(person)) return;
    this.#closed.add(person);
    const subject = await this.#subject(person);
    const { request } = await patient(() =>
      this.platform.askErasure({
        subject,
        kind: 'close-account',
        identity: { method: 'login-and-code', verifiedAt: at.toISOString() },
        idempotencyKey: `demo-${String(this.seed)}-close-${String(person)}`,
      }),
    );
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const { state, certificate } = await patient(() => this.platform.request(request, 'certified', WAIT_MS));
      if (certificate !== undefined) {
        const document = await patient(() => this.platform.certificate(certificate));
        this.played.certificates.set(request, { certificate, document });
        return;
      }
      if (state === 'refused' || state === 'restricted' || Date.now() > deadline) {
        throw new Fault('unavailable', 'demo/not-certified', `an erasure ended ${state} without a certificate`);
      }
    }
  }

  #forget({ request, subject }: ErasureOrder): Statement {
    const found = this.#archive.get(subject) ?? 0;
    this.#archive.delete(subject);
    const before = this.#stated.get(request);
    const rescan = this.#archive.get(subject) ?? 0;
    const statement = { found: before?.found ?? found, deleted: before?.deleted ?? found, rescan };
    this.#stated.set(request, statement);
    return statement;
  }

  #note(answer: SubmissionAnswer, purpose: string): void {
    if (answer.outcome === 'refused') this.#example(answer.refusal.code, answer.refusal.clause, purpose);
  }

  #example(code: string, clause: string | undefined, purpose: string): void {
    const key = `${code} ${clause ?? ''}`;
    if (!this.played.examples.has(key)) this.played.examples.set(key, { code, clause: clause ?? 'none', purpose });
  }

  #subject(person: number): Promise<SubjectRef> {
    return remember(this.#subjects, person, () =>
      patient(() => this.platform.subject(this.story.people[person]?.userId ?? '')),
    );
  }
}

async function remember<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Promise<Value>): Promise<Value> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = await make();
  map.set(key, made);
  return made;
}

function* chunks<Item>(items: readonly Item[], size: number): Generator<Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

/** Neighbours of one kind, together. */
function* runs(scenes: readonly Scene[]): Generator<Scene[]> {
  let run: Scene[] = [];
  for (const scene of scenes) {
    if (run.length > 0 && run[0]?.kind !== scene.kind) {
      yield run;
      run = [];
    }
    run.push(scene);
  }
  if (run.length > 0) yield run;
}

/** A few at a time, in order of start. */
async function eachOf<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    }),
  );
}
