import { randomInt, type KeyObject } from 'node:crypto';
import { edgeDigest, events, http, readEvent, SESSION_CODES, type Envelope } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import type { EdgeLog, EdgeMessage, Following } from './edge-log.ts';
import { digestKeyOf, EdgeSession, publicHalf, type IntakeKey, type PlatformKey } from './edge-session.ts';
import type { OutItem, Submission, SubmissionAnswer } from './lethe.ts';

export interface KafkaTransportOptions {
  readonly tenant: string;
  readonly log: EdgeLog;
  readonly key: PlatformKey;
  /** Asked over HTTP, once an hour. @throws Fault `unavailable` */
  readonly intakeKey: () => Promise<IntakeKey>;
  /** Says who signs for the tenant; absent: an operator has done it. */
  readonly register?: (key: { readonly kid: string; readonly x: string }) => Promise<unknown>;
  /** After this long without an answer a submission is sent again, milliseconds. Default 15 s. */
  readonly resendMs?: number;
  /** Most submissions that wait for an answer. Default 10,000. */
  readonly pending?: number;
  readonly now?: () => Date;
}

type Told = Envelope<typeof events.SubmissionAnsweredV1>['data'];

interface Pending {
  readonly submission: Submission;
  readonly settle: (answer: SubmissionAnswer) => void;
  readonly fail: (fault: Fault) => void;
  session: string;
  attempts: number;
  over: boolean;
}

/** A session is renewed this long before it ends. */
const RENEW_MS = 5 * 60_000;
/** How often a submission is put under another session before its refusal is believed. */
const SESSIONS_TRIED = 3;

/** Submits through `lethe.in.<tenant>`, sealed under an hourly session, and hears the answers in `lethe.out.<tenant>`. */
export class KafkaTransport {
  readonly #options: KafkaTransportOptions;
  readonly #digestKey: KeyObject;
  readonly #pending = new Map<string, Pending[]>();
  #count = 0;
  #session: Promise<EdgeSession> | undefined;
  #opening: Promise<EdgeSession> | undefined;
  #ready: Promise<void> | undefined;
  #followed: Following[] = [];
  #closed = false;

  constructor(options: KafkaTransportOptions) {
    this.#options = options;
    this.#digestKey = digestKeyOf(options.key);
  }

  /**
   * Resolves when each submission has been answered; sent again until it is, under its own idempotency key.
   * @throws Fault `unavailable` when nothing could be sent; `forbidden` `client/session-refused`; `invalid` `client/too-large`
   */
  async collect(submissions: readonly Submission[]): Promise<SubmissionAnswer[]> {
    if (this.#closed) throw closed();
    if (this.#count + submissions.length > (this.#options.pending ?? 10_000)) {
      throw new Fault('unavailable', 'client/queue-full', 'too many submissions wait for an answer');
    }
    this.#count += submissions.length;
    try {
      await this.#listen();
      return await this.#answersTo(submissions);
    } finally {
      this.#count -= submissions.length;
    }
  }

  async #answersTo(submissions: readonly Submission[]): Promise<SubmissionAnswer[]> {
    if (this.#closed) throw closed();
    const waiting = submissions.map((submission) => this.#await(submission));
    const all = waiting.map(({ pending }) => pending);
    const answers = Promise.all(waiting.map(({ answer }) => answer));
    answers.catch(() => undefined);
    const again = (): void => void this.#send(all).catch(() => undefined);
    const timer = setInterval(again, this.#options.resendMs ?? 15_000).unref();
    try {
      await this.#send(all);
      return await answers;
    } finally {
      clearInterval(timer);
      for (const { digest, pending } of waiting) this.#drop(digest, pending);
    }
  }

  /** Orders and certificates for the platform, each given again until handled; the group remembers where it is. */
  async follow(group: string, handle: (item: OutItem) => Promise<void>): Promise<void> {
    const following = await this.#options.log.follow(group, async (value) => {
      const event =
        eventOf(events.PlatformToldV3, value) ??
        eventOf(events.PlatformToldV2, value) ??
        eventOf(events.PlatformToldV1, value);
      if (event === undefined) return;
      const { item: id, number, kind, at, ...data } = event.data;
      await handle({ id, number, kind, at, data, ...(event.subject === undefined ? {} : { subject: event.subject }) });
    });
    this.#followed.push(following);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const all of this.#pending.values()) for (const { fail } of all) fail(closed());
    this.#pending.clear();
    await Promise.all(this.#followed.splice(0).map((each) => each.stop()));
    await this.#options.log.close();
  }

  #await(submission: Submission): {
    readonly digest: string;
    readonly pending: Pending;
    readonly answer: Promise<SubmissionAnswer>;
  } {
    const digest = edgeDigest(this.#digestKey, this.#options.tenant, submission.idempotencyKey);
    let pending: Pending | undefined;
    const answer = new Promise<SubmissionAnswer>((settle, fail) => {
      pending = { submission, settle, fail, session: '', attempts: 0, over: false };
    });
    this.#pending.set(digest, [...(this.#pending.get(digest) ?? []), pending!]);
    return { digest, pending: pending!, answer };
  }

  #drop(digest: string, pending: Pending): void {
    pending.over = true;
    const left = (this.#pending.get(digest) ?? []).filter((each) => each !== pending);
    if (left.length === 0) this.#pending.delete(digest);
    else this.#pending.set(digest, left);
  }

  /** Sends those that have not been answered. */
  async #send(all: readonly Pending[]): Promise<void> {
    const session = await this.#open();
    const slots = await this.#options.log.slots();
    const messages: EdgeMessage[] = [];
    for (const pending of all) {
      if (pending.over) continue;
      pending.session = session.id;
      messages.push(
        session.seal(randomInt(slots), pending.submission, session.digest(pending.submission.idempotencyKey)),
      );
    }
    if (messages.length > 0) await this.#options.log.send(messages);
  }

  /** The session of this hour, opened in every slot before anything is sealed under it. */
  async #open(): Promise<EdgeSession> {
    const now = (this.#options.now ?? (() => new Date()))();
    const known = await this.#session?.catch(() => undefined);
    if (known !== undefined && known.expires.getTime() - now.getTime() > RENEW_MS) return known;
    const opening = this.#opening ?? this.#openSession(now).finally(() => (this.#opening = undefined));
    this.#opening = opening;
    this.#session = opening;
    return opening;
  }

  async #openSession(now: Date): Promise<EdgeSession> {
    const { tenant, key, log, intakeKey } = this.#options;
    const session = await EdgeSession.open(tenant, key, this.#digestKey, await intakeKey(), now);
    await log.send(session.openings(await log.slots()));
    return session;
  }

  /** Hears answers before the first question is put. */
  #listen(): Promise<void> {
    this.#ready ??= this.#start().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  async #start(): Promise<void> {
    const { key, register, log } = this.#options;
    await register?.({ kid: key.kid, x: publicHalf(key) });
    this.#followed.push(
      await log.hear((value) => {
        const event = eventOf(events.SubmissionAnsweredV1, value);
        if (event !== undefined) this.#answered(event.data);
        return Promise.resolve();
      }),
    );
  }

  #answered(told: Told): void {
    for (const pending of [...(this.#pending.get(told.digest) ?? [])]) {
      if (told.outcome === 'refused' && SESSION_CODES.includes(told.refusal?.code ?? ''))
        this.#otherSession(pending, told);
      else {
        pending.over = true;
        pending.settle(answerOf(told, pending.submission.idempotencyKey));
      }
    }
  }

  /** Lethe did not know the session: the submission goes under a new one. */
  #otherSession(pending: Pending, told: Told): void {
    if (pending.session !== told.session) return;
    pending.attempts += 1;
    if (pending.attempts >= SESSIONS_TRIED) {
      pending.fail(
        new Fault(
          'forbidden',
          'client/session-refused',
          `Lethe does not take the platform's sessions: ${told.refusal?.code ?? ''}`,
        ),
      );
      return;
    }
    pending.session = '';
    void this.#renewAfter(told.session)
      .then(() => this.#send([pending]))
      .catch(() => undefined);
  }

  async #renewAfter(refused: string): Promise<void> {
    const known = await this.#session?.catch(() => undefined);
    if (known?.id === refused) this.#session = undefined;
  }
}

const closed = (): Fault => new Fault('unavailable', 'client/closed', 'the client was closed while this waited');

function eventOf<
  Definition extends
    | typeof events.SubmissionAnsweredV1
    | typeof events.PlatformToldV1
    | typeof events.PlatformToldV2
    | typeof events.PlatformToldV3,
>(definition: Definition, value: string): Envelope<Definition> | undefined {
  if (!value.includes(`"${definition.type}"`)) return undefined;
  try {
    return readEvent(definition, JSON.parse(value));
  } catch {
    return undefined;
  }
}

/** The answer as HTTP would have given it. */
function answerOf(told: Told, idempotencyKey: string): SubmissionAnswer {
  const { outcome, submission, record, replayed, parts, refusal } = told;
  return http.submissionAnswer.parse(
    outcome === 'admitted'
      ? { outcome, idempotencyKey, submission, record, replayed: replayed ?? false, parts: parts ?? [] }
      : { outcome, idempotencyKey, submission: submission ?? NO_SUBMISSION, refusal },
  );
}
/** What was refused before it became a submission has no id. */
const NO_SUBMISSION = '00000000-0000-0000-0000-000000000000';
