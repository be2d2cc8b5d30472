import type { Lethe, Submission, SubmissionAnswer } from '@lethe/client';
import { Fault, type SubjectRef } from '@lethe/kernel';
import { preference, signIn } from './people.ts';

const PACE_MS = 40;
const pace = () => new Promise((resolve) => setTimeout(resolve, PACE_MS));

/** One submission as the platform remembers it; moments by `performance.now()`. */
export interface Told {
  readonly submission: Submission;
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly answer: SubmissionAnswer;
}

/** From the answer `effective` to a withdrawal until consent was given again: nothing may come in meanwhile. */
export interface Closed {
  readonly subject: SubjectRef;
  readonly from: number;
  readonly to: number;
}

/**
 * A platform at work while everything around it is killed: people sign in, agree, look around and withdraw, and are shown what is theirs. What
 * was not answered is asked again, as the client does for submissions by itself.
 */
export class Traffic {
  readonly told: Told[] = [];
  readonly closed: Closed[] = [];
  readonly wrong: string[] = [];
  opened = 0;
  cycles = 0;
  #running = true;
  #loops: Promise<void>[] = [];

  constructor(
    private readonly platform: Lethe,
    private readonly people: { readonly signingIn: readonly SubjectRef[]; readonly browsing: readonly SubjectRef[] },
    private readonly at: string,
  ) {}

  start(): void {
    const { signingIn, browsing } = this.people;
    this.#loops = [
      ...signingIn.map((subject) => this.#signIns(subject)),
      ...browsing.flatMap((subject) => [this.#changesMind(subject), this.#browses(subject)]),
    ];
  }

  /** Resolves when everything that was sent has been answered. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#loops);
  }

  get admitted(): number {
    return this.told.filter(({ answer }) => answer.outcome === 'admitted').length;
  }

  async #tell(submissions: readonly Submission[]): Promise<SubmissionAnswer[]> {
    const sentAt = performance.now();
    const answers = await this.platform.collect(submissions);
    const answeredAt = performance.now();
    answers.forEach((answer, nth) => {
      const submission = submissions[nth];
      if (submission !== undefined) this.told.push({ submission, sentAt, answeredAt, answer });
    });
    return answers;
  }

  async #signIns(subject: SubjectRef): Promise<void> {
    while (this.#running) {
      await this.#tell([signIn(subject, this.at), signIn(subject, this.at)]);
      const shown = await this.#again(() => this.platform.open({ purpose: 'security', subject }));
      if (shown === undefined) return;
      this.opened += 1;
      const mine = this.told.filter(
        ({ submission, answer }) => submission.subject === subject && answer.outcome === 'admitted',
      ).length;
      if (shown.opened.length < Math.min(mine, 500))
        this.wrong.push(`${String(shown.opened.length)} of ${String(mine)} sign-ins were shown`);
      await pace();
    }
  }

  async #browses(subject: SubjectRef): Promise<void> {
    while (this.#running) {
      const { 'observed-on': _, ...fields } = preference(subject, this.at).fields;
      const { collectedAt: _at, ...now } = preference(subject, this.at);
      await this.#tell([{ ...now, fields }]);
      await pace();
    }
  }

  async #changesMind(subject: SubjectRef): Promise<void> {
    const purpose = 'personalized-display';
    let closedFrom: number | undefined;
    while (this.#running) {
      const givenAt = performance.now();
      if (closedFrom !== undefined) this.closed.push({ subject, from: closedFrom, to: givenAt });
      closedFrom = undefined;
      const given = await this.#again(() =>
        this.platform.consent([{ subject, purpose, state: 'given', level: 'opt-in' }]),
      );
      if (given?.[0]?.outcome === 'refused') this.wrong.push(`consent: ${given[0].refusal.code}`);
      await pace();
      const withdrawn = await this.#again(() => this.platform.consent([{ subject, purpose, state: 'withdrawn' }]));
      const [outcome] = withdrawn ?? [];
      if (outcome?.outcome === 'effective') {
        closedFrom = performance.now();
        this.cycles += 1;
        const [late] = (await this.#again(() => this.platform.mayUse([{ subject, purpose, fields: [] }]))) ?? [];
        if (late?.may === true) this.wrong.push('the gate was open after an effective withdrawal');
      }
      await pace();
    }
    if (closedFrom !== undefined) this.closed.push({ subject, from: closedFrom, to: Infinity });
  }

  /** Asks again while something is away. */
  async #again<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
    while (this.#running) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        if (error.kind !== 'unavailable') {
          this.wrong.push(`${error.kind} ${error.code}`);
          return undefined;
        }
      }
      await pace();
    }
    return undefined;
  }
}
