import { http, type events, type EventInput } from '@lethe/contracts';
import type { TenantId } from '@lethe/kernel';
import type { StoredRecord } from '@lethe/messaging';
import type { ServiceContext } from '@lethe/platform';
import type { Intake, SubmissionAnswer } from '../intake.ts';
import type { Moment } from '../room.ts';
import type { StoredSession } from './edge.store.ts';
import { arrived, unseal, type Arrived, type OpenSession, type Unsealed } from './messages.ts';
import type { Sessions } from './sessions.ts';

type Sealed = Extract<Arrived, { kind: 'sealed' }>;
type Told = EventInput<typeof events.SubmissionAnsweredV1>;

/** What has become of one message. */
export type Fate =
  | { readonly kind: 'session'; readonly stored: StoredSession }
  | { readonly kind: 'session-refused'; readonly session: string; readonly code: string }
  | { readonly kind: 'fence'; readonly id: string }
  | { readonly kind: 'answered'; readonly told: Told }
  | { readonly kind: 'refused'; readonly code: string; readonly told?: Told | undefined }
  | { readonly kind: 'uncertain' }
  | { readonly kind: 'failed' };
type Open = {
  readonly message: Sealed;
  readonly index: number;
  readonly submission: Parameters<Intake['collect']>[1][number];
};

/** Most submissions judged together. */
const AT_ONCE = 1_000;

/** What of the intake a message needs. */
export interface Admitting {
  collect: Intake['collect'];
}

/** What becomes of the messages of one tenant. */
export class Judging {
  constructor(
    private readonly tenant: TenantId,
    private readonly context: ServiceContext,
    private readonly intake: Admitting,
    private readonly sessions: Sessions,
  ) {}

  /** What becomes of each record. Submissions are admitted here, each once. */
  async fates(records: readonly StoredRecord[], at: Moment): Promise<Fate[]> {
    const fates: (Fate | undefined)[] = [];
    const submissions: Open[] = [];
    const batch = new Map<string, OpenSession>();
    for (const [index, record] of records.entries()) {
      const sentAt = record.at ?? at.machine;
      const message = arrived(record);
      switch (message.kind) {
        case 'bad':
          fates[index] = { kind: 'refused', code: message.code };
          break;
        case 'fence':
          fates[index] = message;
          break;
        case 'session': {
          const believed = await this.sessions.believe(this.tenant, message.session, message.statement, sentAt);
          if ('code' in believed)
            fates[index] = { kind: 'session-refused', session: message.session, code: believed.code };
          else {
            batch.set(message.session, believed.open);
            fates[index] = { kind: 'session', stored: believed.stored };
          }
          break;
        }
        case 'sealed': {
          const found = batch.has(message.session)
            ? { open: batch.get(message.session)! }
            : await this.sessions.find(this.tenant, message.session, sentAt);
          const opened: Unsealed = 'code' in found ? found : unseal(found.open, message);
          if ('code' in opened)
            fates[index] = {
              kind: 'refused',
              code: opened.code,
              told: refusalTold(message, opened.code, opened.field),
            };
          else submissions.push({ message, index, submission: opened.submission });
        }
      }
    }
    for (let from = 0; from < submissions.length; from += AT_ONCE)
      await this.admit(submissions.slice(from, from + AT_ONCE), fates, at);
    return fates.map((fate) => fate ?? { kind: 'failed' });
  }

  private async admit(submissions: readonly Open[], fates: (Fate | undefined)[], at: Moment): Promise<void> {
    try {
      const answers = await this.intake.collect(
        this.tenant,
        submissions.map(({ submission }) => submission),
        at,
      );
      const { fields } = await this.context.packs.pack(this.tenant);
      const named = nameable(fields);
      submissions.forEach(
        ({ message, index }, position) => (fates[index] = fateOf(message, answers[position]!, named)),
      );
    } catch (error) {
      if (await this.mustWait(error)) throw error;
      if (submissions.length > 1) {
        const half = Math.ceil(submissions.length / 2);
        await this.admit(submissions.slice(0, half), fates, at);
        return this.admit(submissions.slice(half), fates, at);
      }
      // One that fails by itself waits aside and stops nobody.
      this.context.logger.error(
        { error, tenant: this.tenant, code: 'collection/intake-failed' },
        'a submission could not be judged; it is tried again',
      );
      fates[submissions[0]!.index] = { kind: 'failed' };
    }
  }

  /** True for what is nobody's fault: a store is away, and everything waits with it. */
  private async mustWait(error: unknown): Promise<boolean> {
    if (typeof error === 'object' && error !== null && 'kind' in error && error.kind === 'unavailable') return true;
    return this.context.database
      .transaction((sql) => sql.query('select 1'))
      .then(
        () => false,
        () => true,
      );
  }
}

/** The event's own limit. */
const LONGEST_PATH = 64;
const WORDS: ReadonlySet<string> = new Set(
  [http.submission, http.source, http.citedGround].flatMap(({ shape }) => Object.keys(shape)),
);

/** Whether a path consists of nothing but the contract's words, numbers and fields that the pack declares. */
const nameable =
  (declared: ReadonlyMap<string, unknown>) =>
  (path: string): boolean =>
    path.length <= LONGEST_PATH &&
    path.split('.').every((word) => WORDS.has(word) || declared.has(word) || /^\d+$/.test(word));

const refusalTold = ({ digest, session }: Sealed, code: string, field?: string): Told => ({
  digest,
  session,
  outcome: 'refused',
  refusal: { code, ...(field === undefined ? {} : { field }) },
});

function fateOf({ digest, session }: Sealed, answer: SubmissionAnswer, mayName: (field: string) => boolean): Fate {
  if (answer.outcome === 'admitted') {
    const { submission, record, replayed, parts } = answer;
    const told = parts.map(({ sensitive: _, ...part }) => part);
    return {
      kind: 'answered',
      told: { digest, session, outcome: 'admitted', submission, record, replayed, parts: told },
    };
  }
  const { code, clause, field } = answer.refusal;
  if (code === 'basis-uncertain') return { kind: 'uncertain' };
  // The name of a field that the pack does not declare is the platform's text, and no text of the platform's goes into a topic.
  const named = field !== undefined && mayName(field) ? { field } : {};
  return {
    kind: 'answered',
    told: {
      digest,
      session,
      outcome: 'refused',
      submission: answer.submission,
      refusal: { code, ...(clause === undefined ? {} : { clause }), ...named },
    },
  };
}
