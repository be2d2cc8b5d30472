import { http } from '@lethe/contracts';
import { Fault, type SubjectRef } from '@lethe/kernel';
import { Answer, Asked, type AnswerOf, type Caller, type ServiceContext } from '@lethe/platform';
import { Controller, Inject } from '@nestjs/common';
import { ConsentService } from './consent.service.ts';
import { PacksService } from './packs.service.ts';
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
  ) {}

  @Answer(http.ActOnConsent)
  async act(@Asked() { body, caller }: Asked<typeof http.ActOnConsent>): Promise<AnswerOf<typeof http.ActOnConsent>> {
    for (const act of body.acts) onlyOwn(caller, act.subject);
    const statedBy = caller.role === 'subject' ? 'subject' : 'backend';
    return { outcomes: await this.consents.act(caller.tenant, body.acts, statedBy, this.now()) };
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

  @Answer(http.StateGuardian)
  stateGuardian(
    @Asked() { body, caller }: Asked<typeof http.StateGuardian>,
  ): Promise<AnswerOf<typeof http.StateGuardian>> {
    const until = body.until === undefined ? undefined : new Date(body.until);
    return this.consents.stateGuardian(caller.tenant, { ...body, until }, this.now());
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
