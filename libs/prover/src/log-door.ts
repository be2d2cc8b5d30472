import { generateKeyPairSync } from 'node:crypto';
import {
  Lethe,
  platformKeyOf,
  type Addresses,
  type EdgeLog,
  type Submission,
  type SubmissionAnswer,
  type WithdrawalOrder,
} from '@lethe/client';
import { NeverCame } from './step.ts';

/** Long enough, also on a busy machine, for a session to be opened, a submission to be judged and its answer to come back; machine milliseconds. */
const PATIENCE_MS = 120_000;

/** The platform at its own two topics, as the client speaks there. What travelled can be looked at. */
export class LogDoor {
  readonly #travelled: string[] = [];
  readonly #lethe: Lethe;
  readonly #log: EdgeLog;
  #heard: Promise<unknown> | undefined;

  constructor(tenant: string, log: EdgeLog, addresses: Addresses, token: () => Promise<string>) {
    this.#log = {
      slots: () => log.slots(),
      send: (messages) => {
        this.#travelled.push(...messages.map(({ id, value }) => `${id} ${value}`));
        return log.send(messages);
      },
      hear: (handle) => log.hear(handle),
      follow: (group, handle) => log.follow(group, handle),
      close: () => log.close(),
    };
    const { privateKey } = generateKeyPairSync('ed25519');
    this.#lethe = new Lethe({
      addresses,
      token,
      kafka: { tenant, log: this.#log, key: platformKeyOf('scenario', privateKey.export({ format: 'jwk' })) },
    });
  }

  /** @throws NeverCame where no answer comes; Fault as the service answers */
  async submit(submission: Submission): Promise<SubmissionAnswer> {
    await this.#listen();
    const [answer] = await inTime('no answer came through the log', this.#lethe.collect([submission]));
    return answer!;
  }

  /** The order to let go of what rests on a consent, answered as a store does that has nothing left. */
  async letGo(purpose: string): Promise<WithdrawalOrder> {
    const ordered = new Promise<WithdrawalOrder>((resolve, reject) => {
      const handle = (order: WithdrawalOrder): Promise<{ found: number; deleted: number; rescan: number }> => {
        if (order.purpose === purpose) resolve(order);
        return Promise.resolve({ found: 1, deleted: 1, rescan: 0 });
      };
      this.#lethe.onWithdrawal(handle).catch(reject);
    });
    return inTime(`no order to let go of "${purpose}" came through the log`, ordered);
  }

  /** Every message that this platform sent or heard, as it stood in its topics. */
  get travelled(): readonly string[] {
    return this.#travelled;
  }

  async close(): Promise<void> {
    await this.#lethe.close();
  }

  #listen(): Promise<unknown> {
    this.#heard ??= this.#log
      .hear((value) => {
        this.#travelled.push(value);
        return Promise.resolve();
      })
      .catch(() => (this.#heard = undefined));
    return this.#heard;
  }
}

async function inTime<Result>(late: string, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NeverCame(late)), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, patience]);
  } finally {
    clearTimeout(timer);
  }
}
