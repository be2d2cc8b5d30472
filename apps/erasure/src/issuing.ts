import { createHash } from 'node:crypto';
import {
  certificateBody,
  certificateDocument,
  events,
  finalStatementBody,
  http,
  type CertificateBody,
} from '@lethe/contracts';
import { dayOf, Fault, nextDay, type TenantId } from '@lethe/kernel';
import { appendFinalStatement, canonical, issueCertificate, newSalt, requestCommitment } from '@lethe/ledger';
import { crashPoint, type ServiceContext } from '@lethe/platform';
import { eraseScope } from '@lethe/policy';
import {
  certifiedScope,
  concerned,
  finalExpected,
  named,
  residuals,
  keptNow,
  onTheirWay,
  type BackupFact,
} from './domain/certify.ts';
import { finalBody, reachingBack } from './domain/openers.ts';
import { NOTHING } from './domain/request.ts';
import { catalogueOf } from './catalogue.ts';
import { momentOf, type Moment } from './moment.ts';
import type { OutStream } from './out-stream.ts';
import type { Books } from './store/books.ts';
import { CertificateStore } from './store/certificate.store.ts';
import { ErasureStore, goneOf, type StoredRequest } from './store/erasure.store.ts';
import type { ParticipantRow } from './store/rows.ts';

const closedStore = ({ participant, closed_because: because }: ParticipantRow) =>
  because === null ? [] : [{ participant, because }];

export const SOFTWARE = '0.1.0';

/**
 * Issues certificates and final statements. First the text and the salt are drafted in the database, then it is signed and
 * logged, then handed out: killed anywhere between, the same text gets the same leaf, and a request one certificate.
 */
export class Issuing {
  constructor(
    private readonly context: ServiceContext,
    private readonly books: Books,
    private readonly out: OutStream,
  ) {}

  /**
   * @throws Fault `unavailable` while retention does not say which backups there are, or collection what is held; and while something
   * is there that nothing keeps any longer
   */
  async certify(tenant: TenantId, one: StoredRequest): Promise<void> {
    const { database, outbox } = this.context;
    const { log, keys } = this.books;
    let row = await database.within(tenant, (sql) => new CertificateStore(sql, tenant).ofRequest(one.request));
    if (!row) {
      const draft = await this.draft(tenant, one);
      row = await database.within(tenant, async (sql) => {
        const store = new CertificateStore(sql, tenant);
        if (await store.draft(draft))
          await new ErasureStore(sql, tenant).set(one.request, { keys_dead_by: draft.keysDeadBy });
        return store.ofRequest(one.request);
      });
    }
    if (!row) throw new Error('no draft');
    crashPoint('erasure.certificate.drafted');
    const document = await issueCertificate(certificateBody.parse(JSON.parse(row.body)), log, keys, {
      salt: row.salt,
      from: row.log_from,
    });
    crashPoint('erasure.certificate.logged');
    const text = canonical(document);
    const sha256 = createHash('sha256').update(text).digest('hex');
    const { certificate } = row;
    const moment = await momentOf(this.context, tenant);
    await database.within(tenant, async (sql) => {
      const store = new ErasureStore(sql, tenant);
      if ((await store.find(one.request, 'lock'))?.progress !== 'swept') return;
      await new CertificateStore(sql, tenant).issue(certificate, text, sha256);
      await store.set(one.request, { progress: 'certified', certificate, certified_at: moment.legal });
      await outbox.announce(
        sql,
        events.ErasureCertifiedV1,
        { tenant, subject: one.subject, now: moment.machine },
        { erasure: one.request, certificate, sha256, at: moment.machine.toISOString() },
      );
      await this.out.tell(sql, tenant, moment, {
        kind: 'erasure-certified',
        subject: one.subject,
        data: { request: one.request, certificate, sha256 },
      });
    });
  }

  /** @throws Fault `unavailable` while retention does not say which backups there are */
  async finish(tenant: TenantId, one: StoredRequest): Promise<void> {
    const { database, outbox } = this.context;
    const { log, keys } = this.books;
    const moment = await momentOf(this.context, tenant);
    const gone = goneOf(one);
    const catalogue = await catalogueOf(this.context, tenant);
    const row = await database.within(tenant, async (sql) => {
      const store = new CertificateStore(sql, tenant);
      const known = await store.ofRequest(one.request);
      if (!known || known.final_body !== null) return known;
      await store.waitFor(known.certificate, reachingBack(gone, catalogue));
      const epoch = await new ErasureStore(sql, tenant).epochAfter(gone.deadBy);
      const final = finalBody(
        gone,
        { epoch, backups: await store.backups(known.certificate), catalogue },
        moment.legal,
      );
      if (!final) return undefined;
      await store.draftFinal(known.certificate, canonical(final), newSalt(), log.size());
      return store.ofRequest(one.request);
    });
    if (!row?.document || row.final_body === null || row.final_salt === null || row.final_from === null) return;
    const body = finalStatementBody.pick({ at: true, epoch: true, backups: true }).parse(JSON.parse(row.final_body));
    crashPoint('erasure.final.drafted');
    const issued = certificateDocument.parse(JSON.parse(row.document));
    const document = await appendFinalStatement(issued, body, log, keys, {
      salt: row.final_salt,
      from: row.final_from,
    });
    crashPoint('erasure.final.logged');
    const text = canonical(document);
    await database.within(tenant, async (sql) => {
      const store = new ErasureStore(sql, tenant);
      if ((await store.find(one.request, 'lock'))?.progress !== 'certified') return;
      await new CertificateStore(sql, tenant).issue(
        row.certificate,
        text,
        createHash('sha256').update(text).digest('hex'),
      );
      await store.set(one.request, { progress: 'final', final_at: moment.legal });
      await outbox.announce(
        sql,
        events.ErasureFinalV1,
        { tenant, subject: one.subject, now: moment.machine },
        { erasure: one.request, certificate: row.certificate, at: moment.machine.toISOString() },
      );
    });
  }

  private async draft(tenant: TenantId, asked: StoredRequest) {
    const { context } = this;
    const [catalogue, { holdings }, entry, pack] = await Promise.all([
      catalogueOf(context, tenant),
      context.peers.ask(http.Holdings, { tenant, params: { subject: asked.subject } }),
      context.packs.tenant(tenant),
      context.packs.pack(tenant),
    ]);
    // Read after it was counted what is held: what a hold kept until then, and keeps no longer, has lost its kept keys before.
    const moment = await momentOf(context, tenant);
    const { zone } = pack;
    const { restrict } = eraseScope(pack, holdings, moment.legal);
    const scope = keptNow(asked.scope ?? NOTHING, { restrict, holdings }, dayOf(moment.legal, zone));
    if (onTheirWay(scope, holdings) > 0)
      throw new Fault('unavailable', 'erasure/on-its-way', 'what a hold or a floor kept of the person is still going');
    const one = {
      ...asked,
      scope,
      row: { ...asked.row, keys_dead_by: moment.machine },
    };
    const left = concerned(catalogue, one.scope);
    const certificate = context.newId();
    const body = this.body(one, certificate, left, moment, nextDay(dayOf(moment.legal, zone)), {
      tenant,
      pack: { name: entry.pack, version: entry.packVersion, digest: entry.packDigest },
      movableClock: entry.movableClock,
    });
    return {
      certificate,
      request: one.request,
      body: canonical(certificateBody.parse(body)),
      salt: newSalt(),
      from: this.books.log.size(),
      backups: left.map(({ backup }) => backup),
      keysDeadBy: moment.machine,
    };
  }

  private body(
    { row, request, statements, scope, deadline }: StoredRequest,
    certificate: string,
    backups: readonly BackupFact[],
    moment: Moment,
    nextEpoch: string,
    issuer: { readonly tenant: TenantId; readonly pack: CertificateBody['pack']; readonly movableClock: boolean },
  ): CertificateBody {
    const told = (at: Date | null): string => (at ?? moment.legal).toISOString();
    const certified = certifiedScope(scope ?? NOTHING);
    return {
      format: 'lethe-certificate/1',
      certificate,
      issuer: {
        instance: this.books.instance,
        mode: this.context.config.mode,
        movableClock: issuer.movableClock,
        software: SOFTWARE,
      },
      tenant: issuer.tenant,
      pack: issuer.pack,
      request: { commitment: requestCommitment(row.receipt, request), kind: row.kind, ground: row.ground },
      times: {
        received: told(row.received_at),
        verified: told(row.verified_at),
        frozen: told(row.frozen_at),
        effective: told(row.effective_at),
        swept: told(row.swept_at),
        issued: told(null),
      },
      deadline,
      final: {
        expected: finalExpected(nextEpoch, backups),
        keysDestroyedBefore: (row.keys_dead_by ?? moment.machine).toISOString(),
        backups: backups.length,
      },
      scope: certified,
      participants: statements
        .filter(({ closed_because }) => closed_because === null)
        .map((one) => ({
          participant: one.participant,
          kind: one.kind,
          registryVersion: one.registry_version,
          found: one.found ?? 0,
          deleted: one.deleted ?? 0,
          restricted: one.restricted ?? 0,
          rescan: 0,
          position: one.position ?? 0,
          at: told(one.done_at),
        })),
      keys: { destroyed: row.keys_destroyed ?? 0, ledgerEntry: row.ledger_entry ?? 0 },
      backups: backups.map(named),
      residuals: residuals(certified, backups, nextEpoch, statements.flatMap(closedStore)),
    };
  }
}
