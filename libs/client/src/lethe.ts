import { setTimeout as pause } from 'node:timers/promises';
import { http } from '@lethe/contracts';
import { Fault, type MatterId, type SubjectRef } from '@lethe/kernel';
import type { z } from 'zod';
import type { EdgeLog } from './edge-log.ts';
import type { PlatformKey } from './edge-session.ts';
import { KafkaTransport, type KafkaTransportOptions } from './kafka-transport.ts';
import {
  backupOrderOf,
  holdOf,
  type BackupOrder,
  type BackupRegistered,
  type BackupStatement,
  type BackupTaken,
  type DisposalOrder,
  type ErasureOrder,
  type HoldTold,
  type OutItem,
  type RestoreVerdict,
  type Statement,
  type WithdrawalOrder,
} from './told.ts';
import { HttpTransport, type Addresses, type TokenSource } from './transport.ts';
import { WaitingRoom } from './waiting-room.ts';

export type Submission = z.input<typeof http.submission>;
export type SubmissionAnswer = z.output<typeof http.submissionAnswer>;
export type GateQuestion = z.input<typeof http.gateQuestion>;
/** The verdict of the gate. `unavailable` is a refusal code of the client's own: Lethe did not answer, so: no. */
export type GateAnswer = z.output<typeof http.gateAnswer>;
export type Opened = z.output<(typeof http.Open)['answer']>;
export type ConsentAct = z.input<typeof http.consentAct>;
export type ConsentOutcome = z.output<(typeof http.ActOnConsent)['answer']>['outcomes'][number];
/** A notice that is about to be shown, or was. */
export type NoticeShown = z.input<typeof http.shownNotice>;
export type NoticeOutcome = z.output<(typeof http.ShowNotices)['answer']>['outcomes'][number];
export type ConsentsOfPerson = z.output<(typeof http.ConsentsOf)['answer']>;
export type ConsentHistory = z.output<(typeof http.ConsentHistory)['answer']>;
/** The signed receipt of one act; `lethe verify` reads it offline. */
export type Receipt = z.output<(typeof http.ReceiptOf)['answer']>;
/** What is held of a person, for that person: values Lethe keeps, and what stays elsewhere or may only be stored. */
export type Copy = z.output<(typeof http.Access)['answer']>;

export type { DisposalOrder, ErasureOrder, OutItem, Statement, WithdrawalOrder } from './told.ts';

/** Submissions, answers and orders travel through the tenant's two topics, sealed; questions stay on HTTP. */
export interface LetheOverKafka {
  readonly tenant: string;
  /** `new KafkaEdgeLog({ brokers, tenant, login })` */
  readonly log: EdgeLog;
  /** `platformKeyOf(kid, jwk)`: signs for the tenant. */
  readonly key: PlatformKey;
  /** False where an operator registers the key; else the client does. */
  readonly register?: boolean;
  /** After this long without an answer a submission is sent again, milliseconds. Default 15 s. */
  readonly resendMs?: number;
  /** Where this hour's intake key comes from; absent: from Lethe over HTTP. */
  readonly intakeKey?: KafkaTransportOptions['intakeKey'];
}

export interface LetheOptions {
  readonly addresses: Addresses;
  readonly token: TokenSource;
  /** The name under which the platform's own stores take part in erasures. */
  readonly participant?: string;
  /** The classes its stores hold parts of. Absent: whatever the platform holds by the pack, and no copies of what Lethe holds. */
  readonly classes?: readonly string[];
  /** Absent: everything over HTTP. */
  readonly kafka?: LetheOverKafka;
  readonly queue?: { readonly items: number; readonly bytes: number; readonly pauseMs: number };
}

/** How long what the pack says for when Lethe is away is believed. Machine milliseconds. */
const PACK_READ_EVERY_MS = 15 * 60_000;

/** What a platform backend installs. Values pass through it; it keeps none. */
export class Lethe {
  readonly #http: HttpTransport;
  readonly #kafka: KafkaTransport | undefined;
  readonly #waiting: WaitingRoom;
  readonly #closing = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #openWhenAway: ReadonlySet<string> = new Set();
  #packReadAt = -Infinity;

  constructor(private readonly options: LetheOptions) {
    this.#http = new HttpTransport(options.addresses, options.token);
    this.#waiting = new WaitingRoom(options.queue);
    const { kafka } = options;
    this.#kafka =
      kafka &&
      new KafkaTransport({
        ...kafka,
        intakeKey: kafka.intakeKey ?? (() => this.#http.ask(http.IntakeKey)),
        register: async (key) =>
          kafka.register === false ? undefined : this.#http.ask(http.RegisterPlatformKey, { body: key }),
        ...(options.queue === undefined ? {} : { pending: options.queue.items }),
      });
  }

  /** Submissions that wait for Lethe to come back. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** The subject ref of a person, by the platform's own id; made on first use, the same ever after, new after an erasure. */
  async subject(userId: string): Promise<SubjectRef> {
    return (await this.#http.ask(http.SubjectOf, { body: { userId } })).subject;
  }

  /** The matter id of an order, an account or another thing of the platform. */
  async matter(subject: SubjectRef, kind: string, platformId: string): Promise<MatterId> {
    return (await this.#http.ask(http.MatterOf, { body: { subject, kind, platformId } })).matter;
  }

  /**
   * Submits personal data. Each submission is admitted once or refused with a code and a clause.
   * While Lethe is away the submissions wait, sealed, in a bounded queue of this process, and the promise with them.
   * @throws Fault `invalid` for a submission that is not well-formed, `unavailable` `client/queue-full`
   */
  async collect(submissions: readonly Submission[]): Promise<SubmissionAnswer[]> {
    const tell = async (text: string): Promise<SubmissionAnswer[] | undefined> => {
      try {
        const body = { submissions: JSON.parse(text) as Submission[] };
        if (this.#kafka !== undefined) return await this.#kafka.collect(body.submissions);
        return (await this.#http.ask(http.Collect, { body })).answers;
      } catch (error) {
        if (error instanceof Fault && error.kind === 'unavailable') return undefined;
        throw error;
      }
    };
    const text = JSON.stringify(submissions);
    return (this.#waiting.size === 0 ? await tell(text) : undefined) ?? (await this.#waiting.hold(text, tell));
  }

  /** Values if the gate says yes, else the verdict; nothing between Lethe and the caller caches them. */
  async open(question: z.input<NonNullable<(typeof http.Open)['body']>>): Promise<Opened> {
    return this.#http.ask(http.Open, { body: question });
  }

  /**
   * May these fields of these people be used for this purpose now? Lethe away means no, unless the pack, as this process last
   * read it, says that use of the purpose goes on; collecting never does.
   */
  async mayUse(questions: readonly GateQuestion[]): Promise<GateAnswer[]> {
    try {
      const { answers } = await this.#http.ask(http.MayUse, { body: { questions: [...questions] } });
      this.#readPack();
      return answers;
    } catch (error) {
      if (!(error instanceof Fault) || error.kind !== 'unavailable') throw error;
      return questions.map(({ kind = 'use', purpose }) =>
        kind === 'use' && purpose !== undefined && this.#openWhenAway.has(purpose)
          ? { may: true, basis: 'unavailable' }
          : { may: false, refusal: { code: 'unavailable' } },
      );
    }
  }

  /** Learns, beside the answers and as often as every quarter of an hour, what the pack says for when Lethe is away. */
  #readPack(): void {
    if (performance.now() - this.#packReadAt < PACK_READ_EVERY_MS) return;
    this.#packReadAt = performance.now();
    this.#http.ask(http.CurrentNotice).then(
      ({ openWhenAway }) => (this.#openWhenAway = new Set(openWhenAway)),
      () => (this.#packReadAt = -Infinity),
    );
  }

  /**
   * What people did about purposes. A yes with `applied: false` stands, and what is asked right after it may still be decided
   * by what stood before: `consentApplied` waits for that.
   */
  async consent(acts: readonly ConsentAct[]): Promise<ConsentOutcome[]> {
    return (await this.#http.ask(http.ActOnConsent, { body: { acts: [...acts] } })).outcomes;
  }

  /** Has every service that acts on this act applied it? Waits up to `waitMs` (20 s at most) for that. @throws Fault `missing` */
  async consentApplied(consent: string, waitMs = 20_000): Promise<boolean> {
    return (await this.#http.ask(http.ConsentApplied, { params: { consent }, query: { waitMs } })).applied;
  }

  /** A notice is about to be shown: refused where the person may not be asked again yet, or where it leaves something out. */
  async showNotices(notices: readonly NoticeShown[]): Promise<NoticeOutcome[]> {
    return (await this.#http.ask(http.ShowNotices, { body: { notices: [...notices] } })).outcomes;
  }

  /** What a person has said yes or no to; `at` asks for a past instant of legal time. */
  async consentsOf(subject: SubjectRef, at?: Date): Promise<ConsentsOfPerson> {
    return this.#http.ask(http.ConsentsOf, {
      params: { subject },
      query: at === undefined ? {} : { at: at.toISOString() },
    });
  }

  /** Every act of a person and every notice shown to them, oldest first. */
  async consentHistory(subject: SubjectRef): Promise<ConsentHistory> {
    return this.#http.ask(http.ConsentHistory, { params: { subject } });
  }

  /** The receipt of one act, for the person to keep. @throws Fault `missing` */
  async receipt(consent: string): Promise<Receipt> {
    return this.#http.ask(http.ReceiptOf, { params: { consent } });
  }

  /** A copy of everything held of a person, for that person. */
  async copyOf(subject: SubjectRef): Promise<Copy> {
    return this.#http.ask(http.Access, { body: { subject } });
  }

  async stateGuardian(
    statement: z.input<NonNullable<(typeof http.StateGuardian)['body']>>,
  ): Promise<z.output<(typeof http.StateGuardian)['answer']>> {
    return this.#http.ask(http.StateGuardian, { body: statement });
  }

  /** An anchor of a matter came: its parts get their disposal date. */
  async anchor(anchors: z.input<NonNullable<(typeof http.StateAnchor)['body']>>['anchors']): Promise<void> {
    await this.#http.ask(http.StateAnchor, { body: { anchors } });
  }

  async askErasure(
    request: z.input<NonNullable<(typeof http.AskErasure)['body']>>,
  ): Promise<z.output<(typeof http.AskErasure)['answer']>> {
    return this.#http.ask(http.AskErasure, { body: request });
  }

  async request(
    request: string,
    until?: z.output<typeof http.requestState>,
    waitMs = 0,
  ): Promise<z.output<(typeof http.RequestState)['answer']>> {
    return this.#http.ask(http.RequestState, {
      params: { request },
      query: { ...(until === undefined ? {} : { until }), waitMs },
    });
  }

  async certificate(certificate: string): Promise<Record<string, unknown>> {
    return (await this.#http.ask(http.CertificateOf, { params: { certificate } })).document;
  }

  /** Takes part in erasures with the platform's own stores. What the handler states is acked; if it throws, it is called again. */
  async onErasure(handle: (order: ErasureOrder) => Promise<Statement>): Promise<void> {
    const participant = await this.#takePart();
    this.#listen(['erasure-ordered'], async (item) => {
      if (!asksFor(item, participant)) return;
      const request = String(item.data['request']);
      const statement = await handle({ request, subject: item.subject as SubjectRef, item });
      await this.#http.ask(http.AckErasure, {
        params: { request },
        body: { participant, restricted: 0, ...statement },
      });
    });
  }

  /**
   * Takes part in disposals of what the platform holds itself, and of copies of the classes named. What the handler states is
   * acked; if it throws, it is called again.
   */
  async onDisposal(handle: (order: DisposalOrder) => Promise<Statement>): Promise<void> {
    const participant = await this.#takePart();
    this.#listen(['disposal-ordered'], async (item) => {
      // One from before anybody had registered is addressed to the platform: whoever is asked first answers for it.
      const asked = asksFor(item, participant) ? participant : asksFor(item, http.UNNAMED_PARTICIPANT) && 'platform';
      if (asked === false) return;
      const order = String(item.data['order']);
      const { found, deleted, rescan } = await handle({
        order,
        class: String(item.data['class']),
        day: String(item.data['day']),
        item,
      });
      const by = Array.isArray(item.data['participants']) ? { participant: asked } : {};
      await this.#http.ask(http.AckDisposal, { params: { order }, body: { ...by, found, deleted, rescan } });
    });
  }

  /** Takes part in withdrawals of what the platform holds itself. What the handler states is acked; if it throws, it is called again. */
  async onWithdrawal(handle: (order: WithdrawalOrder) => Promise<Statement>): Promise<void> {
    const participant = await this.#takePart();
    this.#listen(['withdrawal-ordered'], async (item) => {
      if (!asksFor(item, participant)) return;
      const entry = Number(item.data['entry']);
      const purpose = String(item.data['purpose']);
      const statement = await handle({ entry, subject: item.subject as SubjectRef, purpose, item });
      await this.#http.ask(http.AckWithdrawal, {
        params: { entry },
        body: { participant, restricted: 0, ...statement },
      });
    });
  }

  /** Registers a backup its stores took; answers when it must be gone, and whether it is isolated from the start. Repeat at will. */
  async registerBackup(taken: BackupTaken): Promise<BackupRegistered> {
    return this.#http.ask(http.RegisterBackup, { body: { ...taken, participant: this.#name } });
  }

  /** Asked before a registered backup is restored. */
  async mayRestore(backup: string): Promise<RestoreVerdict> {
    return this.#http.ask(http.MayRestore, { params: { backup } });
  }

  /** States what became of an order about a backup; later too, where the handler had to say that copies were left. */
  async stateBackup({ backup, ...said }: BackupStatement): Promise<{ accepted: boolean }> {
    return this.#http.ask(http.AckBackup, { params: { backup }, body: { ...said, participant: this.#name } });
  }

  /** Isolates and purges its registered backups by order. What the handler states is acked; if it throws, it is called again. */
  async onBackup(handle: (order: BackupOrder) => Promise<{ left: number }>): Promise<void> {
    this.#listen(['backup-ordered'], async (item) => {
      if (!asksFor(item, this.#name)) return;
      const order = backupOrderOf(item);
      const { left } = await handle(order);
      await this.stateBackup({ backup: order.backup, wanted: order.wanted, left });
    });
  }

  /** Is told what a hold keeps, which its stores then keep too, and of its end; acked once the handler is done. */
  async onHold(handle: (hold: HoldTold) => Promise<void>): Promise<void> {
    const participant = await this.#takePart();
    this.#listen(['hold-placed', 'hold-released'], async (item) => {
      const told = holdOf(item);
      await handle(told);
      // Whoever registered after it was told is told all the same, and is not waited for.
      const asked = item.data['participants'];
      if (!Array.isArray(asked) || !asked.includes(participant)) return;
      await this.#http.ask(http.AckHold, { params: { hold: told.hold }, body: { participant, state: told.state } });
    });
  }

  /** Stops listening and refuses what still waits. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#waiting.close();
    await this.#kafka?.close();
    await Promise.all(this.#loops);
  }

  get #name(): string {
    return this.options.participant ?? http.UNNAMED_PARTICIPANT;
  }

  async #takePart(): Promise<string> {
    const participant = this.#name;
    await this.#http.ask(http.RegisterParticipant, {
      body: { participant, classes: [...(this.options.classes ?? [])] },
    });
    return participant;
  }

  #listen(kinds: readonly [OutItem['kind'], ...OutItem['kind'][]], handle: (item: OutItem) => Promise<void>): void {
    this.#loops.push(
      this.#kafka === undefined ? this.#follow(kinds, handle) : this.#followOverKafka(this.#kafka, kinds, handle),
    );
  }

  /** A group a handler, so that what one handler is given does not depend on when the other was set. */
  async #followOverKafka(
    kafka: KafkaTransport,
    kinds: readonly [OutItem['kind'], ...OutItem['kind'][]],
    handle: (item: OutItem) => Promise<void>,
  ): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        return await kafka.follow(`${this.#name}.${kinds[0]}`, async (item) =>
          kinds.includes(item.kind) ? handle(item) : undefined,
        );
      } catch {
        await pause(500, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }

  /**
   * Follows the tenant's stream for one handler, which begins where the stream does whenever it was set. An item whose handler fails is given
   * again; handlers are safe to repeat by contract.
   */
  async #follow(kinds: readonly OutItem['kind'][], handle: (item: OutItem) => Promise<void>): Promise<void> {
    let after = 0;
    while (!this.#closing.signal.aborted) {
      try {
        const { items } = await this.#http.ask(http.Out, { query: { after, waitMs: 20_000 } }, this.#closing.signal);
        for (const item of items) {
          if (kinds.includes(item.kind)) await handle(item);
          after = item.number;
        }
      } catch {
        await pause(500, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }
}

/** Is an item for this participant? One that names none is for everybody. */
const asksFor = (item: OutItem, participant: string): boolean => {
  const asked = item.data['participants'];
  return !Array.isArray(asked) || asked.includes(participant);
};
