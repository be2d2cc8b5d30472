import { createHash } from 'node:crypto';
import { type TenantId, type Transaction } from '@lethe/kernel';
import { type Ledger, type LedgerEntry, type LedgerFact } from '@lethe/ledger';

/** How far before the last known entry orphans are looked for: transactions end in another order than they write. */
const WINDOW = 10_000;

/** What an entry is about: two entries with one key would be the same fact twice. */
export function keyOf(fact: LedgerFact): string {
  const about = [
    fact.kind,
    fact.order ?? fact.erasure ?? fact.hold ?? '',
    fact.subject ?? '',
    (fact.compartments ?? []).join(),
    String(fact.consentVersion ?? ''),
  ];
  // A cohort of many cells is several entries.
  if (fact.kind === 'folded') about[1] = `${fact.order ?? ''} ${String(fact.first ?? '')}`;
  // One erasure restricts several classes; of one from before they were told apart there is one entry.
  const part = fact.kind === 'restricted' && fact.class ? [(fact.compartments ?? []).join(), fact.class] : [];
  return createHash('sha256')
    .update(`${fact.tenant}\n${(fact.kind === 'withdrawn' ? about : [...about.slice(0, 2), ...part]).join('\n')}`)
    .digest('hex');
}

/**
 * Writes facts to the ledger once. The ledger comes before the transaction that tells of it, so a crash between leaves
 * an entry nobody knows: an orphan, found on opening and used when the fact comes again.
 */
export class Recorder {
  private readonly orphans = new Map<string, LedgerEntry>();

  constructor(private readonly ledger: Ledger) {}

  /** Entries at the end of the ledger, by key. Those the database knows do no harm here: it is asked first. */
  async open(): Promise<void> {
    for (let from = Math.max(0, this.ledger.head() - WINDOW); ;) {
      const entries = await this.ledger.after(from, 1000);
      for (const entry of entries) this.orphans.set(keyOf(entry), entry);
      const last = entries.at(-1);
      if (!last) return;
      from = last.entry;
    }
  }

  /**
   * The entries of these facts, durable when it resolves; `fresh` says for each whether the database did not know it.
   * `sql` is the transaction that tells of them.
   */
  async record(
    sql: Transaction,
    tenant: TenantId,
    facts: readonly LedgerFact[],
  ): Promise<{ entry: number; fresh: boolean }[]> {
    const keys = facts.map(keyOf);
    const rows = await sql.query<{ key: string; entry: number }>(
      'select key, entry from ledger_record where tenant = $1 and key = any($2)',
      [tenant, keys],
    );
    const known = new Map(rows.map(({ key, entry }) => [key, entry]));
    const missing = new Map<string, LedgerFact>();
    facts.forEach((fact, index) => {
      const key = keys[index] ?? '';
      if (!known.has(key) && !this.orphans.has(key)) missing.set(key, fact);
    });
    const written = await this.ledger.appendAll([...missing.values()]);
    [...missing.keys()].forEach((key, index) => {
      const entry = written[index];
      if (entry) this.orphans.set(key, entry);
    });
    const fresh = [...new Set(keys)].filter((key) => !known.has(key));
    await sql.query(
      'insert into ledger_record (tenant, key, entry) select $1, key, entry from unnest($2::text[], $3::bigint[]) as new (key, entry)',
      [tenant, fresh, fresh.map((key) => this.entryOf(key))],
    );
    sql.afterCommit(() => {
      for (const key of fresh) this.orphans.delete(key);
    });
    return keys.map((key) => ({ entry: known.get(key) ?? this.entryOf(key), fresh: !known.has(key) }));
  }

  /** Whether the database knows that the ledger has this fact. */
  async knows(sql: Transaction, fact: LedgerFact): Promise<boolean> {
    return (await this.numberOf(sql, fact)) !== undefined;
  }

  /** The entry of a fact that the database knows. */
  async known(sql: Transaction, fact: LedgerFact): Promise<LedgerEntry | undefined> {
    const entry = await this.numberOf(sql, fact);
    return entry === undefined ? undefined : (await this.ledger.after(entry - 1, 1))[0];
  }

  private async numberOf(sql: Transaction, fact: LedgerFact): Promise<number | undefined> {
    const [row] = await sql.query<{ entry: number }>('select entry from ledger_record where tenant = $1 and key = $2', [
      fact.tenant,
      keyOf(fact),
    ]);
    return row && Number(row.entry);
  }

  private entryOf(key: string): number {
    const entry = this.orphans.get(key)?.entry;
    if (entry === undefined) throw new Error('the ledger has no such entry');
    return entry;
  }
}
