import type { http } from '@lethe/contracts';
import type { SubjectRef, TenantId } from '@lethe/kernel';
import type { z } from 'zod';
import { drill } from './domain/drill.ts';
import type { Room } from './room.ts';
import { DisposalStore } from './store/disposal.store.ts';
import { FactsStore } from './store/facts.store.ts';
import { IntakeStore } from './store/intake.store.ts';
import { MatterDaysStore } from './store/matter-days.store.ts';
import { PartStore } from './store/part.store.ts';

/** What there is, counted: never a value, never a name. */
export class Stock {
  constructor(private readonly room: Room) {}

  /** What is held of one person: what the scope of an erasure is made of. */
  async holdings(tenant: TenantId, subject: SubjectRef): Promise<z.input<typeof http.Holdings.answer>> {
    return this.room.context.database.within(tenant, async (sql) => {
      const holdings = await new PartStore(sql, tenant).holdings(subject);
      const known = await new FactsStore(sql, tenant).of([subject]);
      const standing = known.subjects.get(subject);
      const heardOf = standing !== undefined || known.guardians.size > 0 || known.consents.size > 0;
      return { known: heardOf || holdings.length > 0, generation: standing?.erasedEntry ?? 0, holdings };
    });
  }

  async held(tenant: TenantId): Promise<z.input<typeof http.Held.answer>> {
    const rows = await this.room.context.database.within(tenant, (sql) => new PartStore(sql, tenant).held());
    return {
      held: rows.map(({ restrictedUntil, ...row }) => ({
        ...row,
        ...(restrictedUntil === null ? {} : { restrictedUntil }),
      })),
    };
  }

  /** Anonymized aggregates. */
  async cells(tenant: TenantId, partClass?: string): Promise<z.input<typeof http.Cells.answer>> {
    return {
      cells: await this.room.context.database.within(tenant, (sql) => new DisposalStore(sql, tenant).cells(partClass)),
    };
  }

  /** What dates the matters of a class, by local days. */
  async matterDays(
    tenant: TenantId,
    asked: { readonly class: string; readonly anchors: readonly string[] },
  ): Promise<z.input<typeof http.MatterDays.answer>> {
    const zone = await this.room.context.clock.zone(tenant);
    return {
      days: await this.room.context.database.within(tenant, (sql) =>
        new MatterDaysStore(sql).of(asked.class, asked.anchors, zone),
      ),
    };
  }

  async counts(tenant: TenantId): Promise<z.input<typeof http.Counts.answer>> {
    return this.room.context.database.within(tenant, async (sql) => {
      const rows = await new IntakeStore(sql, tenant).counts();
      const parts = new PartStore(sql, tenant);
      const restricted = await parts.restrictedNow();
      const sum = (what: string) => rows.filter((row) => row.what === what).reduce((all, row) => all + row.n, 0);
      const by = (key: 'code' | 'clause') => {
        const counted: Record<string, number> = {};
        for (const row of rows)
          if (row.what === 'refused' && row[key] !== '') counted[row[key]] = (counted[row[key]] ?? 0) + row.n;
        return counted;
      };
      return {
        admitted: sum('admitted'),
        refused: sum('refused'),
        refusedByClause: by('clause'),
        refusedByCode: by('code'),
        shadowedByCode: Object.fromEntries(
          rows.filter(({ what }) => what === 'shadowed').map(({ code, n }) => [code, n]),
        ),
        dropped: sum('dropped'),
        byBasis: await parts.byBasis(),
        anonymized: sum('anonymized'),
        deleted: sum('deleted'),
        erased: sum('erased'),
        restricted: restricted.parts,
        ...(restricted.until === undefined ? {} : { restrictedUntil: restricted.until }),
        parts: await parts.count(),
      };
    });
  }

  /** What losing each piece of the keyring would mean. Reads only. */
  async drill(tenant: TenantId): Promise<z.input<typeof http.KeyringDrill.answer>> {
    const { context, keyring } = this.room;
    const [{ epoch, restart, ...inventory }, counted] = await Promise.all([
      keyring.inventory(tenant),
      context.database.within(tenant, (sql) => new PartStore(sql, tenant).sealed()),
    ]);
    return {
      epoch: { number: epoch.number, since: epoch.since.toISOString() },
      ...(restart === undefined ? {} : { restart }),
      pieces: drill({ ...inventory, ...counted }),
    };
  }
}
