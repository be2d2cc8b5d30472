import type { KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';

interface SubjectKeys {
  /** The generation for those who name none. */
  current: number | undefined;
  readonly keys: Map<number, KeyObject>;
}

/**
 * Keys in memory. An entry lives as long as the cache's time after it was loaded, used or not; nothing is answered while the process
 * has not looked for evictions lately; what was being loaded while an eviction came is not stored.
 */
export class KeyCache {
  private readonly subjects: LRUCache<string, SubjectKeys>;
  private readonly days: LRUCache<string, KeyObject>;
  private readonly classes: LRUCache<string, KeyObject>;
  private readonly matters: LRUCache<string, { readonly key: KeyObject; readonly stamp: number }>;
  /** A matter's day may have moved since it was loaded: any day that dies evicts all matters of its class. */
  private readonly stamps = new Map<string, number>();
  private freshUntil = 0;
  private changes = 0;

  constructor(private readonly cacheFor: number) {
    const ttl = Math.max(1, cacheFor);
    this.subjects = new LRUCache({ max: 100_000, ttl });
    this.days = new LRUCache({ max: 20_000, ttl });
    this.classes = new LRUCache({ max: 5_000, ttl });
    this.matters = new LRUCache({ max: 100_000, ttl });
  }

  /** Evictions were looked for at `at` (by `performance.now()`). True if the cache had been out of use before. */
  looked(at: number): boolean {
    const lapsed = performance.now() > this.freshUntil;
    this.freshUntil = at + this.cacheFor / 2;
    return lapsed;
  }

  private get usable(): boolean {
    return performance.now() < this.freshUntil;
  }

  /** What `store…` must be handed; taken before the load. */
  get version(): number {
    return this.changes;
  }

  subject(
    tenant: string,
    subject: string,
    compartment: string,
    generation: number,
  ): { generation: number; key: KeyObject } | undefined {
    const found = this.usable ? this.subjects.get(`${tenant}|${subject}|${compartment}`) : undefined;
    const wanted = generation > 0 ? generation : found?.current;
    const key = wanted === undefined ? undefined : found?.keys.get(wanted);
    return key === undefined ? undefined : { generation: wanted!, key };
  }
  day(tenant: string, day: string, kind: string): KeyObject | undefined {
    return this.usable ? this.days.get(`${tenant}|${day}|${kind}`) : undefined;
  }
  class(tenant: string, kind: string): KeyObject | undefined {
    return this.usable ? this.classes.get(`${tenant}|${kind}`) : undefined;
  }
  matter(tenant: string, matter: string, kind: string): KeyObject | undefined {
    const found = this.usable ? this.matters.get(`${tenant}|${matter}|${kind}`) : undefined;
    return found?.stamp === this.stamp(tenant, kind) ? found?.key : undefined;
  }

  storeSubject(
    version: number,
    tenant: string,
    subject: string,
    compartment: string,
    of: { generation: number; current: boolean; key: KeyObject },
  ) {
    if (version !== this.changes) return;
    const name = `${tenant}|${subject}|${compartment}`;
    const known = this.subjects.get(name) ?? { current: undefined, keys: new Map<number, KeyObject>() };
    if (known.keys.size === 0) this.subjects.set(name, known);
    known.keys.set(of.generation, of.key);
    if (of.current) known.current = of.generation;
  }
  storeDay(version: number, tenant: string, day: string, kind: string, key: KeyObject): void {
    if (version === this.changes) this.days.set(`${tenant}|${day}|${kind}`, key);
  }
  storeClass(version: number, tenant: string, kind: string, key: KeyObject): void {
    if (version === this.changes) this.classes.set(`${tenant}|${kind}`, key);
  }
  storeMatter(version: number, tenant: string, matter: string, kind: string, key: KeyObject): void {
    if (version === this.changes)
      this.matters.set(`${tenant}|${matter}|${kind}`, { key, stamp: this.stamp(tenant, kind) });
  }

  evictSubject(tenant: string, subject: string, compartment: string): void {
    this.changes++;
    this.subjects.delete(`${tenant}|${subject}|${compartment}`);
  }
  evictDay(tenant: string, day: string, kind: string): void {
    this.changes++;
    this.days.delete(`${tenant}|${day}|${kind}`);
    this.stamps.set(`${tenant}|${kind}`, this.changes);
  }
  clear(): void {
    this.changes++;
    // An empty one would still go through every place it has.
    for (const cache of [this.subjects, this.days, this.classes, this.matters]) if (cache.size > 0) cache.clear();
  }

  private stamp(tenant: string, kind: string): number {
    return this.stamps.get(`${tenant}|${kind}`) ?? 0;
  }
}
