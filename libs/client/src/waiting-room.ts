import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { Fault } from '@lethe/kernel';

interface Sealed {
  readonly bytes: Buffer;
  readonly settle: (text: string) => Promise<'done' | 'again'>;
  readonly reject: (fault: Fault) => void;
}

/**
 * What could not be told yet waits here sealed, under a key that lives only in this process: a heap dump or a swap file
 * shows ciphertext. Bounded: what does not fit is refused with `client/queue-full`, never dropped silently.
 */
export class WaitingRoom {
  readonly #key: KeyObject = createSecretKey(randomBytes(32));
  readonly #waiting: Sealed[] = [];
  #bytes = 0;
  #draining = false;
  #closed = false;

  constructor(
    private readonly limits: { readonly items: number; readonly bytes: number; readonly pauseMs: number } = {
      items: 10_000,
      bytes: 64 << 20,
      pauseMs: 500,
    },
  ) {}

  get size(): number {
    return this.#waiting.length;
  }

  /**
   * Holds `text` until `tell` has told it. `tell` answers `undefined` while Lethe is still away.
   * @throws Fault `unavailable` `client/queue-full`
   */
  hold<Answer>(text: string, tell: (text: string) => Promise<Answer | undefined>): Promise<Answer> {
    const bytes = this.#seal(text);
    if (this.#closed || this.#waiting.length >= this.limits.items || this.#bytes + bytes.length > this.limits.bytes) {
      return Promise.reject(new Fault('unavailable', 'client/queue-full', 'Lethe is away and the queue is full'));
    }
    return new Promise<Answer>((resolve, reject) => {
      const settle = async (plain: string): Promise<'done' | 'again'> => {
        const answer = await tell(plain);
        if (answer === undefined) return 'again';
        resolve(answer);
        return 'done';
      };
      this.#waiting.push({ bytes, settle, reject });
      this.#bytes += bytes.length;
      void this.#drain();
    });
  }

  /** Refuses what still waits; nothing is told after this. */
  close(): void {
    this.#closed = true;
    for (const { reject } of this.#waiting.splice(0))
      reject(new Fault('unavailable', 'client/closed', 'the client was closed while this waited'));
    this.#bytes = 0;
  }

  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    try {
      while (!this.#closed) {
        const first = this.#waiting[0];
        if (first === undefined) return;
        let outcome: 'done' | 'again';
        try {
          outcome = await first.settle(this.#open(first.bytes));
        } catch (error) {
          first.reject(
            error instanceof Fault ? error : new Fault('invalid', 'client/failed', 'what waited could not be told'),
          );
          outcome = 'done';
        }
        if (outcome === 'again') await new Promise((resolve) => setTimeout(resolve, this.limits.pauseMs));
        else if (this.#waiting.shift() !== undefined) this.#bytes -= first.bytes.length;
      }
    } finally {
      this.#draining = false;
    }
  }

  #seal(text: string): Buffer {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv);
    return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  }

  #open(bytes: Buffer): string {
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8');
  }
}
