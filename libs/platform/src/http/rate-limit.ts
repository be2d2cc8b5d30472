import { LRUCache } from 'lru-cache';

interface Bucket {
  left: number;
  at: number;
}

/** So many questions a second for each name, and a burst of twice as many; a bucket of tokens for each. */
export class RateLimit {
  readonly #buckets = new LRUCache<string, Bucket>({ max: 10_000 });

  /** @param now machine milliseconds, monotonic */
  constructor(
    private readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Takes one; false when there is none left. */
  take(name: string): boolean {
    const now = this.now();
    const most = 2 * this.perSecond;
    const bucket = this.#buckets.get(name) ?? { left: most, at: now };
    bucket.left = Math.min(most, bucket.left + ((now - bucket.at) / 1000) * this.perSecond);
    bucket.at = now;
    this.#buckets.set(name, bucket);
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }
}
