import { createHash } from 'node:crypto';
import {
  events,
  finalStatementBody,
  type http,
  tenantEndBody,
  tenantEndDocument,
  TENANT_SLOT,
  type Envelope,
  type TenantEndBody,
} from '@lethe/contracts';
import { dayOf, Fault, nextDay, type TenantId, type Transaction } from '@lethe/kernel';
import { appendFinalToTenantEnd, canonical, issueTenantEnd, newSalt, type LedgerFact } from '@lethe/ledger';
import { Refused } from '@lethe/messaging';
import { crashPoint, type AnswerOf, type ServiceContext } from '@lethe/platform';
import { evidenceDisposal } from '@lethe/policy';
import { catalogueOf } from './catalogue.ts';
import { finalExpected, named, residuals } from './domain/certify.ts';
import { finalBody, reachingBack, type Gone } from './domain/openers.ts';
import { SOFTWARE } from './issuing.ts';
import { momentOf } from './moment.ts';
import type { Books } from './store/books.ts';
import { EndStore, type EndRow } from './store/end.store.ts';
import { ErasureStore } from './store/erasure.store.ts';
import { RegistryStore, type Registered } from './store/registry.store.ts';
import type { Recorder } from './store/recorder.ts';

/** A tenant that does not end is left alone for this long, unless something is heard of it. Milliseconds of machine time. */
const QUIET_MS = 600_000;

/**
 * What is written and handed out about the end of a tenant: the ledger's entry, on whose word its keys die, then the signed
 * statement, then, when no copy of a key and no backup is left, the final one. As with certificates each text is drafted
 * first, so that whoever is killed between two steps is followed by the same text.
 */
export class EndsService {
  private readonly lines = new Map<TenantId, Promise<void>>();
  /** Tenants whose end has nothing to be stated about, and when that was seen (machine milliseconds). */
  private readonly quiet = new Map<TenantId, number>();
  private stopping = false;

  constructor(
    private readonly context: ServiceContext,
    private readonly books: Books,
    private readonly recorder: Recorder,
  ) {}

  /**
   * Nothing of the tenant is left with anybody: the ledger first, then the order that destroys.
   * @throws Refused `forged-order` for one retention has not signed
   */
  async reached(sql: Transaction, event: Envelope<typeof events.EndReachedV1>): Promise<void> {
    if (!(await this.context.callers.verifyEvent(event))) throw new Refused('forged-order');
    const { tenant, data } = event;
    const now = this.context.clock.machineNow();
    const at = now.toISOString();
    const fact: LedgerFact = { tenant, kind: 'ended', order: data.end, at };
    const [told] = await this.recorder.record(sql, tenant, [fact]);
    crashPoint('erasure.end.written');
    if (!told?.fresh) return;
    await new EndStore(sql, tenant).add(told.entry, data);
    await this.context.outbox.announce(
      sql,
      events.EndRecordedV1,
      { tenant, slot: TENANT_SLOT, now },
      { entry: told.entry, end: data.end, at },
    );
  }

  async shredded(sql: Transaction, event: Envelope<typeof events.TenantShreddedV1>): Promise<void> {
    const { tenant, time, data } = event;
    const [told, effective] = [new Date(time), new Date(data.effectiveAt)];
    await new EndStore(sql, tenant).shredded(data.end, data.keys, data.rescan, told > effective ? told : effective);
    this.goOnAfter(sql, tenant);
  }

  /** An epoch has ended or a backup is gone: what waited for it may become final. */
  goOnAfter(sql: Transaction, tenant: TenantId): void {
    sql.afterCommit(() => {
      this.quiet.delete(tenant);
      void this.advance(tenant).catch(() => undefined);
    });
  }

  /** Goes on for every tenant. One tenant's trouble keeps no other waiting; what failed is tried again the next time. */
  async sweep(): Promise<void> {
    const now = this.context.clock.machineNow().getTime();
    for (const { tenant } of await this.context.packs.tenants())
      if (now - (this.quiet.get(tenant) ?? 0) > QUIET_MS)
        await this.advance(tenant).catch(() =>
          this.context.logger.warn({ tenant, code: 'erasure/end-not-stated' }, 'the end of a tenant was not stated'),
        );
  }

  /** States what can be stated now. One at a time for a tenant. */
  advance(tenant: TenantId): Promise<void> {
    if (this.stopping) return Promise.resolve();
    const line = (this.lines.get(tenant) ?? Promise.resolve()).catch(() => undefined).then(() => this.run(tenant));
    this.lines.set(tenant, line);
    return line.finally(() => {
      if (this.lines.get(tenant) === line) this.lines.delete(tenant);
    });
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.allSettled(this.lines.values());
  }

  async statement(tenant: TenantId): Promise<AnswerOf<typeof http.EndStatement>> {
    const row = await this.read(tenant);
    if (!row?.document) throw new Fault('missing', 'erasure/no-statement', 'the end of the tenant has not been stated');
    return { document: JSON.parse(row.document) as Record<string, unknown> };
  }

  private async run(tenant: TenantId): Promise<void> {
    const row = await this.read(tenant);
    if (!row?.keys_dead_by || row.final_at) {
      this.quiet.set(tenant, this.context.clock.machineNow().getTime());
      return;
    }
    if (row.rescan !== 0) {
      this.context.logger.error(
        { tenant, count: row.rescan ?? 0, code: 'erasure/end-rescan' },
        'something of a tenant was found after its keys were dead: its end is not stated',
      );
      return;
    }
    if (!row.document) await this.issue(tenant, row);
    await this.finish(tenant);
  }

  private async issue(tenant: TenantId, found: EndRow): Promise<void> {
    const { log, keys } = this.books;
    let row: EndRow | undefined = found;
    if (row.body === null) {
      const { body, backups } = await this.draft(tenant, row);
      row = await this.context.database.within(tenant, async (sql) => {
        const store = new EndStore(sql, tenant);
        await store.draft(canonical(body), newSalt(), log.size(), backups);
        return store.find();
      });
    }
    if (row?.body == null || row.salt === null || row.log_from === null) return;
    crashPoint('erasure.end.drafted');
    const body = tenantEndBody.parse(JSON.parse(row.body));
    const document = await issueTenantEnd(body, log, keys, { salt: row.salt, from: row.log_from });
    crashPoint('erasure.end.logged');
    await this.handOut(tenant, row.end_id, canonical(document));
  }

  private async finish(tenant: TenantId): Promise<void> {
    const { log, keys } = this.books;
    const moment = await momentOf(this.context, tenant);
    const catalogue = await catalogueOf(this.context, tenant);
    const row = await this.context.database.within(tenant, async (sql) => {
      const store = new EndStore(sql, tenant);
      const known = await store.find();
      if (!known?.document || known.body === null || known.final_body !== null) return known;
      const { keysDead } = tenantEndBody.parse(JSON.parse(known.body)).times;
      const gone: Gone = { deadBy: known.keys_dead_by, unreadableFrom: new Date(keysDead), scope: 'everything' };
      await store.waitFor(reachingBack(gone, catalogue));
      const epoch = await new ErasureStore(sql, tenant).epochAfter(gone.deadBy);
      const final = finalBody(gone, { epoch, backups: await store.backups(), catalogue }, moment.legal);
      if (!final) return undefined;
      await store.draftFinal(canonical(final), newSalt(), log.size());
      return store.find();
    });
    if (!row?.document || row.final_body === null || row.final_salt === null || row.final_from === null) return;
    crashPoint('erasure.end.final-drafted');
    const body = finalStatementBody.pick({ at: true, epoch: true, backups: true }).parse(JSON.parse(row.final_body));
    const issued = tenantEndDocument.parse(JSON.parse(row.document));
    const document = await appendFinalToTenantEnd(issued, body, log, keys, {
      salt: row.final_salt,
      from: row.final_from,
    });
    crashPoint('erasure.end.final-logged');
    await this.handOut(tenant, row.end_id, canonical(document), moment.legal);
  }

  private async handOut(tenant: TenantId, end: string, document: string, finalAt?: Date): Promise<void> {
    const sha256 = createHash('sha256').update(document).digest('hex');
    const moment = await momentOf(this.context, tenant);
    await this.context.database.within(tenant, async (sql) => {
      const store = new EndStore(sql, tenant);
      const present = await store.find();
      // Another replica has handed it out meanwhile.
      if (present === undefined || present.final_at !== null || (finalAt === undefined && present.document !== null))
        return;
      await store.issue(document, sha256, finalAt);
      await this.context.outbox.announce(
        sql,
        events.EndStatedV1,
        { tenant, slot: TENANT_SLOT, now: moment.machine },
        { end, sha256, final: finalAt !== undefined, at: moment.legal.toISOString() },
      );
    });
  }

  private read(tenant: TenantId): Promise<EndRow | undefined> {
    return this.context.database.within(tenant, (sql) => new EndStore(sql, tenant).find());
  }

  /** @throws Fault `unavailable` while retention does not say which backups there are */
  private async draft(tenant: TenantId, row: EndRow): Promise<{ body: TenantEndBody; backups: string[] }> {
    const { context } = this;
    const [left, entry, pack, moment, zone] = await Promise.all([
      catalogueOf(context, tenant),
      context.packs.tenant(tenant),
      context.packs.pack(tenant),
      momentOf(context, tenant),
      context.clock.zone(tenant),
    ]);
    const stores = await context.database.within(tenant, (sql) => new RegistryStore(sql, tenant).all());
    const nextEpoch = nextDay(dayOf(moment.legal, zone));
    const deadBy = row.keys_dead_by ?? moment.machine;
    const legalShift = moment.legal.getTime() - moment.machine.getTime();
    const body: TenantEndBody = {
      format: 'lethe-tenant-end/1',
      statement: row.end_id,
      issuer: {
        instance: this.books.instance,
        mode: context.config.mode,
        movableClock: entry.movableClock,
        software: SOFTWARE,
      },
      tenant,
      pack: { name: entry.pack, version: entry.packVersion, digest: entry.packDigest },
      approvals: 2,
      times: {
        ordered: row.ordered_at.toISOString(),
        stopped: row.stopped_at.toISOString(),
        emptied: row.emptied_at.toISOString(),
        keysDead: new Date(deadBy.getTime() + legalShift).toISOString(),
        issued: moment.legal.toISOString(),
      },
      disposals: row.disposals,
      rescan: 0,
      keys: { destroyed: row.keys ?? 0, ledgerEntry: row.entry },
      backups: left.map(named),
      final: {
        expected: finalExpected(nextEpoch, left),
        keysDestroyedBefore: deadBy.toISOString(),
        backups: left.length,
      },
      residuals: [
        ...residuals([], left, nextEpoch, stores.flatMap(closedStore)),
        // Refs that lead to nobody any more: what was agreed to, refused, asked and opened.
        { place: 'evidence', because: 'kept-as-evidence', until: evidenceDisposal(pack, moment.legal) },
      ],
    };
    return { body: tenantEndBody.parse(body), backups: left.map(({ backup }) => backup) };
  }
}

/** A store that left, and was waited for no longer: of what it had been asked it has said nothing. */
const closedStore = ({ participant, left }: Registered) =>
  left?.closed === undefined ? [] : [{ participant, because: left.because }];
