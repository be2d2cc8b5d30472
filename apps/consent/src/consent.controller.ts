import { http } from '@lethe/contracts';
import { Fault, type SubjectRef } from '@lethe/kernel';
import { Answer, Asked, type AnswerOf, type Caller, type ServiceContext } from '@lethe/platform';
import { Controller, Inject } from '@nestjs/common';
import { ConsentService } from './consent.service.ts';
import { GuardiansService } from './guardians.service.ts';
import { NoticesService } from './notices.service.ts';
import { PacksService } from './packs.service.ts';
import { ReceiptsService } from './receipts.service.ts';
import { TenantsService } from './tenants.service.ts';
import { CONTEXT } from './consent.tokens.ts';

/** Door HTTP: what consent is asked. */
@Controller()
export class ConsentController {
  constructor(
    @Inject(CONTEXT) private readonly context: ServiceContext,
    @Inject(ConsentService) private readonly consents: ConsentService,
    @Inject(TenantsService) private readonly tenants: TenantsService,
    @Inject(PacksService) private readonly packs: PacksService,
    @Inject(GuardiansService) private readonly guardians: GuardiansService,
    @Inject(NoticesService) private readonly notices: NoticesService,
    @Inject(ReceiptsService) private readonly receipts: ReceiptsService,
  ) {}

  @Answer(http.ActOnConsent)
  async act(@Asked() { body, caller }: Asked<typeof http.ActOnConsent>): Promise<AnswerOf<typeof http.ActOnConsent>> {
    for (const act of body.acts) onlyOwn(caller, act.subject);
    const statedBy = caller.role === 'subject' ? 'subject' : 'backend';
    return { outcomes: await this.consents.act(caller.tenant, body.acts, statedBy, this.now()) };
  }

  @Answer(http.ConsentApplied)
  async applied(
    @Asked() { params, query, caller }: Asked<typeof http.ConsentApplied>,
  ): Promise<AnswerOf<typeof http.ConsentApplied>> {
    return { applied: await this.consents.applied(caller, params.consent, query.waitMs) };
  }

  @Answer(http.ConsentsOf)
  consentsOf(
    @Asked() { params, query, caller }: Asked<typeof http.ConsentsOf>,
  ): Promise<AnswerOf<typeof http.ConsentsOf>> {
    onlyOwn(caller, params.subject);
    const reader = caller.role === 'officer' ? 'officer' : 'person';
    return this.consents.consentsOf(
      caller.tenant,
      params.subject,
      reader,
      query.at === undefined ? undefined : new Date(query.at),
    );
  }

  @Answer(http.ConsentCounts)
  counts(@Asked() { caller }: Asked<typeof http.ConsentCounts>): Promise<AnswerOf<typeof http.ConsentCounts>> {
    return this.consents.counts(caller.tenant);
  }

  @Answer(http.ConsentHistory)
  history(
    @Asked() { params, caller }: Asked<typeof http.ConsentHistory>,
  ): Promise<AnswerOf<typeof http.ConsentHistory>> {
    onlyOwn(caller, params.subject);
    return this.consents.historyOf(caller.tenant, params.subject, caller.role === 'officer' ? 'officer' : 'person');
  }

  @Answer(http.ReceiptOf)
  receipt(@Asked() { params, caller }: Asked<typeof http.ReceiptOf>): Promise<AnswerOf<typeof http.ReceiptOf>> {
    return this.receipts.receipt(caller, params.consent);
  }

  @Answer(http.ReceiptKeys)
  receiptKeys(): Promise<AnswerOf<typeof http.ReceiptKeys>> {
    return this.receipts.keys();
  }

  @Answer(http.RightsOf)
  rights(@Asked() { params, caller }: Asked<typeof http.RightsOf>): Promise<AnswerOf<typeof http.RightsOf>> {
    onlyOwn(caller, params.subject);
    return this.receipts.rights(caller.tenant, params.subject);
  }

  @Answer(http.ShowNotices)
  async show(@Asked() { body, caller }: Asked<typeof http.ShowNotices>): Promise<AnswerOf<typeof http.ShowNotices>> {
    return { outcomes: await this.notices.show(caller.tenant, body.notices) };
  }

  @Answer(http.StateGuardian)
  stateGuardian(
    @Asked() { body, caller }: Asked<typeof http.StateGuardian>,
  ): Promise<AnswerOf<typeof http.StateGuardian>> {
    if (body.child === undefined && body.birthday === undefined && body.guardianTold === undefined)
      throw new Fault('invalid', 'consent/no-age', 'say whether the person is a child, or the birthday', 'child');
    const until = body.until === undefined ? undefined : new Date(body.until);
    const at = body.at === undefined ? undefined : new Date(body.at);
    return this.guardians.state(caller.tenant, { ...body, until, at }, this.now());
  }

  @Answer(http.GuardiansToTell)
  toTell(@Asked() { caller }: Asked<typeof http.GuardiansToTell>): Promise<AnswerOf<typeof http.GuardiansToTell>> {
    return this.guardians.toTell(caller.tenant);
  }

  @Answer(http.CurrentNotice)
  notice(@Asked() { caller }: Asked<typeof http.CurrentNotice>): Promise<AnswerOf<typeof http.CurrentNotice>> {
    return this.tenants.notice(caller.tenant);
  }

  @Answer(http.OpenTenant)
  openTenant(@Asked() { body }: Asked<typeof http.OpenTenant>): Promise<AnswerOf<typeof http.OpenTenant>> {
    const startAt = body.startAt === undefined ? undefined : new Date(body.startAt);
    return this.tenants.open({ ...body, startAt }, this.now());
  }

  @Answer(http.Tenants)
  openTenants(): Promise<AnswerOf<typeof http.Tenants>> {
    return this.tenants.all();
  }

  @Answer(http.MoveClock)
  moveClock(@Asked() { body, caller }: Asked<typeof http.MoveClock>): Promise<AnswerOf<typeof http.MoveClock>> {
    return this.tenants.moveClock(caller.tenant, new Date(body.to), this.now());
  }

  @Answer(http.ProposeTenant)
  propose(@Asked() { body, caller }: Asked<typeof http.ProposeTenant>): Promise<AnswerOf<typeof http.ProposeTenant>> {
    return this.tenants.propose(caller, body, this.now());
  }

  @Answer(http.ConfirmTenant)
  confirm(@Asked() { params, caller }: Asked<typeof http.ConfirmTenant>): Promise<AnswerOf<typeof http.ConfirmTenant>> {
    return this.tenants.confirm(caller, params.proposal, this.now());
  }

  @Answer(http.SendPack)
  sendPack(@Asked() { body }: Asked<typeof http.SendPack>): Promise<AnswerOf<typeof http.SendPack>> {
    return this.packs.send(body);
  }

  @Answer(http.ProposePack)
  proposePack(@Asked() { body, caller }: Asked<typeof http.ProposePack>): Promise<AnswerOf<typeof http.ProposePack>> {
    return this.packs.propose(caller, body, this.now());
  }

  @Answer(http.ConfirmPack)
  confirmPack(@Asked() { params, caller }: Asked<typeof http.ConfirmPack>): Promise<AnswerOf<typeof http.ConfirmPack>> {
    return this.packs.confirm(caller, params.proposal, this.now());
  }

  @Answer(http.PackVersions)
  packVersions(@Asked() { caller }: Asked<typeof http.PackVersions>): Promise<AnswerOf<typeof http.PackVersions>> {
    return this.packs.versions(caller.tenant);
  }

  @Answer(http.PackText)
  packText(@Asked() { params, caller }: Asked<typeof http.PackText>): Promise<AnswerOf<typeof http.PackText>> {
    return this.packs.text(caller.tenant, params.digest);
  }

  private now(): Date {
    return this.context.clock.machineNow();
  }
}

/** A person acts and looks for themselves only. */
function onlyOwn(caller: Caller, subject: SubjectRef): void {
  if (caller.role === 'subject' && caller.subject !== subject) {
    throw new Fault('forbidden', 'consent/not-your-own', 'a person may act for themselves only', 'subject');
  }
}
