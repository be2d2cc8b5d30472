import { join } from 'node:path';
import type { http } from '@lethe/contracts';
import { Fault, type SubjectRef, type TenantId } from '@lethe/kernel';
import { issueReceipt, SigningKeys } from '@lethe/ledger';
import type { AnswerOf, Caller, ServiceContext } from '@lethe/platform';
import { rightsOf, POLICY } from '@lethe/policy';
import { receiptOf } from './domain/receipt.ts';
import { ConsentStore } from './store/consent.store.ts';
import { NoticeStore } from './store/notice.store.ts';

/** What a person keeps of a consent, and by which version their rights are judged. */
export class ReceiptsService {
  #keys: Promise<SigningKeys> | undefined;

  constructor(private readonly context: ServiceContext) {}

  /** The receipt of one act, signed now; the same act gives the same record. @throws Fault `missing` also for another person's */
  async receipt(caller: Caller, consent: string): Promise<AnswerOf<typeof http.ReceiptOf>> {
    const { context } = this;
    const { tenant } = caller;
    const act = await context.database.within(tenant, (sql) =>
      new ConsentStore(sql, tenant).visibleAct(caller, consent),
    );
    if (act === undefined) throw new Fault('missing', 'consent/no-such-consent', 'no such consent', 'consent');
    const versions = await context.packs.versions(tenant);
    const pack = versions.find((each) => each.pack.version === act.notice)?.pack ?? (await context.packs.pack(tenant));
    const receipt = receiptOf(pack, act, { tenant, mode: context.config.mode, receipt: context.newId() });
    return issueReceipt(receipt, await this.signing());
  }

  async keys(): Promise<AnswerOf<typeof http.ReceiptKeys>> {
    return (await this.signing()).publicKeys();
  }

  /** The version by which a person's rights are judged: never fewer than they had, unless they agreed to that. */
  async rights(tenant: TenantId, subject: SubjectRef): Promise<AnswerOf<typeof http.RightsOf>> {
    const { packs, clock, database } = this.context;
    const [versions, now] = await Promise.all([packs.versions(tenant), clock.legalNow(tenant)]);
    const { acts, notices } = await database.within(tenant, async (sql) => ({
      acts: await new ConsentStore(sql, tenant).historyOf(subject),
      notices: await new NoticeStore(sql, tenant).of([subject]),
    }));
    const { version, digest } = rightsOf(
      versions,
      acts.filter(({ purpose }) => purpose === POLICY),
      now,
      notices.filter(({ about }) => about === POLICY),
    );
    return { version, digest };
  }

  /** Made when first needed: `<secrets>/receipts/receipt.pem`. */
  private signing(): Promise<SigningKeys> {
    this.#keys ??= SigningKeys.open(join(this.context.config.secretsFolder, 'receipts'), ['receipt']);
    return this.#keys;
  }
}
