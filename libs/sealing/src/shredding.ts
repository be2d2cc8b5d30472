import type { Compartment } from '@lethe/contracts';
import type { Database, Day, MatterId, SubjectRef, TenantId } from '@lethe/kernel';
import type { Evictions } from './evictions.ts';
import { single } from './names.ts';

/** A key is gone: how many, when, and from when on no process can use it. */
export interface Destruction {
  /** The ledger entry that ordered it. */
  readonly entry: number;
  /** Keys that died by this entry; the same on every repetition. */
  readonly keys: number;
  readonly destroyedAt: Date;
  /** The last eviction ack, or 60 s after the destruction for a holder that stayed silent. */
  readonly effectiveAt: Date;
}

interface DestructionRow {
  readonly scope: string;
  readonly keys: number;
  readonly eviction: string | number;
  readonly destroyed_at: Date;
  readonly effective_at: Date | null;
}

const WHOLE_SUBJECT = '*';
const EVERY_GENERATION = 0x7fff_ffff;

export class Shredding {
  constructor(
    private readonly database: Database,
    private readonly evictions: Evictions,
  ) {}

  async subjectKeys(
    tenant: TenantId,
    subject: SubjectRef,
    compartments: readonly Compartment[],
    order: { readonly entry: number; readonly generationAtMost?: number },
  ): Promise<Destruction> {
    const named = [...new Set<string>(compartments)].sort();
    const through = order.generationAtMost ?? EVERY_GENERATION;
    const scope = `subject ${subject} ${named.join(' ')} ${through}`;
    return this.destroy(
      tenant,
      order.entry,
      'select * from keyring.destroy_subject_keys($1, $2, $3::text[], $4, $5, $6, false)',
      [tenant, subject, named, through, order.entry, scope],
    );
  }

  async subject(tenant: TenantId, subject: SubjectRef, entry: number): Promise<Destruction> {
    return this.destroy(
      tenant,
      entry,
      'select * from keyring.destroy_subject_keys($1, $2, $3::text[], $4, $5, $6, true)',
      [tenant, subject, [WHOLE_SUBJECT], EVERY_GENERATION, entry, `subject ${subject}`],
    );
  }

  async day(tenant: TenantId, day: Day, kind: string, entry: number): Promise<Destruction> {
    return this.destroy(tenant, entry, 'select * from keyring.destroy_day($1, $2, $3, $4, $5)', [
      tenant,
      day,
      kind,
      entry,
      `day ${day} ${kind}`,
    ]);
  }

  /** Every key and every name of the tenant. */
  async tenant(tenant: TenantId, entry: number): Promise<Destruction> {
    return this.destroy(tenant, entry, 'select * from keyring.forget_tenant($1, $2)', [tenant, entry]);
  }

  closeDay = (tenant: TenantId, day: Day, kind: string): Promise<'open' | 'closing' | 'dead'> =>
    single(this.database, 'select keyring.close_day($1, $2, $3) as value', [tenant, day, kind]);

  sweepDay = (tenant: TenantId, day: Day, kind: string, limit: number): Promise<number> =>
    single(this.database, 'select keyring.sweep_day($1, $2, $3, $4) as value', [tenant, day, kind, limit]);

  forgetName = (tenant: TenantId, subject: SubjectRef): Promise<boolean> =>
    single(this.database, 'select keyring.forget_name($1, $2) as value', [tenant, subject]);

  forgetMatters = (tenant: TenantId, matters: readonly MatterId[]): Promise<number> =>
    single(this.database, 'select keyring.forget_matters($1, $2::text[]) as value', [tenant, matters]);

  sweepSubject = (tenant: TenantId, subject: SubjectRef, keep: readonly MatterId[], limit: number): Promise<number> =>
    single(this.database, 'select keyring.sweep_subject($1, $2, $3::text[], $4) as value', [
      tenant,
      subject,
      keep,
      limit,
    ]);

  /** Destroys in one statement, then waits until nobody can use it. A repetition finds what the first one wrote down. */
  private async destroy(
    tenant: TenantId,
    entry: number,
    text: string,
    values: readonly unknown[],
  ): Promise<Destruction> {
    const [row] = await this.database.transaction((sql) => sql.query<DestructionRow>(text, values));
    const { scope, keys, eviction, destroyed_at: destroyedAt } = row!;
    let effectiveAt = row!.effective_at;
    if (effectiveAt === null) {
      effectiveAt = await this.evictions.effective(eviction, destroyedAt);
      await this.database.transaction((sql) =>
        sql.query(
          'update keyring.destruction set effective_at = coalesce(effective_at, $4) where tenant = $1 and entry = $2 and scope = $3',
          [tenant, entry, scope, effectiveAt],
        ),
      );
    }
    return { entry, keys, destroyedAt, effectiveAt };
  }
}
