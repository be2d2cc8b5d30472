import type { KeyObject } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { Fault, type Database, type PartId, type TenantId } from '@lethe/kernel';
import { deriving, generationOf, openPart, sealPart } from './envelope.ts';
import type { EpochKeys } from './epoch-keys.ts';
import type { Evictions } from './evictions.ts';
import { KeyBatch, type PartKeys, type Wanted } from './part-keys.ts';
import type {
  OpenItem,
  OpenOutcome,
  OpenRefusal,
  PartLabels,
  SealedLabels,
  SealItem,
  SealOutcome,
  SealRefusal,
} from './seal-item.ts';
import type { Sealer } from './sealer.ts';
import { unwrapKey, type WrapContext } from './wrap.ts';

export const keptContext = (tenant: string, hold: string, part: string): WrapContext => ['kept', tenant, hold, part];

/** Parts that are opened before whatever else this process has to do has its turn: about two milliseconds. */
const A_TURN = 250;

/** The sealer over a keyring. */
export class KeyringSealer implements Sealer {
  constructor(
    private readonly parts: PartKeys,
    private readonly database: Database,
    private readonly epochs: EpochKeys,
    private readonly evictions: Evictions,
  ) {}

  async seal(tenant: TenantId, items: readonly SealItem[]): Promise<readonly SealOutcome[]> {
    if (items.length === 0) return [];
    return this.evictions.use(async () => {
      const batch = new KeyBatch(items.map((item) => ({ ...item, generation: checkedGeneration(item.generation) })));
      await this.parts.make(tenant, batch);
      return deriving((partKey) =>
        items.map((item, at): SealOutcome => {
          const [subject, time] = batch.of(at);
          const reason = refusalOf(subject, time);
          if (reason !== undefined) return { reason };
          const key = partKey(subject.key!, time.key!, item.part);
          return {
            sealed: sealPart(key, subject.generation, tenant, item, item.plaintext),
            generation: subject.generation,
          };
        }),
      );
    });
  }

  async verifyOpen(tenant: TenantId, items: readonly SealedLabels[]): Promise<readonly (SealRefusal | undefined)[]> {
    if (items.length === 0) return [];
    const batch = new KeyBatch(items);
    await this.parts.states(tenant, batch);
    return items.map((_, at) => refusalOf(...batch.of(at)));
  }

  async open(tenant: TenantId, items: readonly OpenItem[]): Promise<readonly OpenOutcome[]> {
    return this.evictions.use(async () => {
      const opened = await this.opened(tenant, items, ({ plaintext }) => plaintext);
      return opened.map((each): OpenOutcome => (typeof each === 'string' ? { reason: each } : { plaintext: each }));
    });
  }

  /**
   * What is made of each part and of the key that opens it: of its two keys, else what a hold has kept of it. A key that is not
   * returned ends with its part. Call within `use`.
   */
  async opened<Made extends object>(
    tenant: TenantId,
    items: readonly OpenItem[],
    made: (opened: Opened) => Made,
  ): Promise<(Made | OpenRefusal)[]> {
    const tried = (item: OpenItem, key: KeyObject): Made | OpenRefusal => {
      const plaintext = openPart(key, tenant, item, item.sealed);
      return plaintext === undefined ? 'altered' : made({ key, plaintext });
    };
    const found: (Made | OpenRefusal)[] = items.map(() => 'altered');
    const known = items.flatMap((item, at) => {
      const generation = generationOf(item.sealed);
      return generation === undefined ? [] : [{ at, item, generation }];
    });
    if (known.length === 0) return found;
    const batch = new KeyBatch(known.map(({ item, generation }) => ({ ...item, generation })));
    await this.parts.find(tenant, batch);
    const again: { readonly at: number; readonly item: OpenItem }[] = [];
    for (let from = 0; from < known.length; from += A_TURN) {
      if (from > 0) await turn();
      deriving((partKey) => {
        for (const [nth, { at, item }] of known.slice(from, from + A_TURN).entries()) {
          const [subject, time] = batch.of(from + nth);
          const key =
            subject.key === undefined || time.key === undefined ? undefined : partKey(subject.key, time.key, item.part);
          const one = key === undefined ? deathOf(subject, time) : tried(item, key);
          found[at] = one;
          // A matter that is used again after its day has died has another key: what was kept of its parts from before opens them still.
          if (key === undefined || (one === 'altered' && item.time.kind === 'matter')) again.push({ at, item });
        }
      });
    }
    const kept = await this.kept(
      tenant,
      again.map(({ item }) => item.part),
    );
    for (const { at, item } of again) {
      const key = kept.get(item.part);
      if (key !== undefined) found[at] = tried(item, key);
    }
    return found;
  }

  async forgotten(tenant: TenantId, parts: readonly PartLabels[]): Promise<readonly boolean[]> {
    if (parts.length === 0) return [];
    const batch = new KeyBatch(parts.map((part) => ({ ...part, generation: 0 })));
    await this.parts.states(tenant, batch);
    const dead = parts.flatMap(({ part }, at) => {
      const [subject, time] = batch.of(at);
      return noneLives(subject) || time.verdict === 'dead' || wasSwept(time) ? [part] : [];
    });
    const kept = await this.database.transaction((sql) =>
      sql.query<{ part: PartId }>(
        'select distinct part from keyring.kept_key where tenant = $1 and part = any ($2::text[])',
        [tenant, dead],
      ),
    );
    const gone = new Set(dead);
    for (const { part } of kept) gone.delete(part);
    return parts.map(({ part }) => gone.has(part));
  }

  /** Kept keys are read when needed and never cached: a release takes effect when it commits. */
  private async kept(tenant: TenantId, parts: readonly string[]): Promise<ReadonlyMap<string, KeyObject>> {
    const keys = new Map<string, KeyObject>();
    if (parts.length === 0) return keys;
    await this.epochs.within(async () => {
      const rows = await this.database.transaction((sql) =>
        sql.query<{ hold: string; part: string; epoch: number; wrapped: Buffer }>(
          `select distinct on (part) hold, part, epoch, wrapped from keyring.kept_key
           where tenant = $1 and part = any ($2::text[]) order by part, hold`,
          [tenant, parts],
        ),
      );
      for (const { hold, part, epoch, wrapped } of rows) {
        keys.set(part, unwrapKey(await this.epochs.key(epoch), keptContext(tenant, hold, part), wrapped));
      }
    });
    return keys;
  }
}

/** A part that opened, and under which key. */
export interface Opened {
  readonly key: KeyObject;
  readonly plaintext: Buffer;
}

/** 0 stands for the youngest living generation. */
function checkedGeneration(generation: number | undefined): number {
  if (generation === undefined) return 0;
  if (Number.isInteger(generation) && generation > 0 && generation < 0x7fff_ffff) return generation;
  throw new Fault('invalid', 'sealing/generation', 'a generation is a whole number from 1', 'generation');
}

/** Of generations that were asked for as the youngest: there was one, and all that there were are dead. */
const noneLives = ({ verdict, generation }: Wanted): boolean =>
  verdict === 'dead' || (verdict === 'unknown' && generation > 1);

/** A matter's key is there before anything is sealed under it, and is removed only after its day, or all of its owner, is dead. */
const wasSwept = ({ kind, verdict }: Wanted): boolean => kind === 'm' && verdict === 'unknown';

function deathOf(subject: Wanted, time: Wanted): OpenRefusal {
  if (subject.verdict === 'dead') return 'subject-key-dead';
  if (time.verdict === 'dead' || (subject.key !== undefined && wasSwept(time))) return 'day-dead';
  return 'unknown-key';
}

function refusalOf(subject: Wanted, time: Wanted): SealRefusal | undefined {
  if (subject.verdict !== 'open') return 'subject-key-dead';
  if (time.verdict === 'open') return undefined;
  return time.verdict === 'closing' ? 'day-closing' : 'day-dead';
}
