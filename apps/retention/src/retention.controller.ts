import { http } from '@lethe/contracts';
import { Answer, Asked, type AnswerOf, type ServiceContext } from '@lethe/platform';
import { Controller, Inject } from '@nestjs/common';
import { BreakerService } from './breaker.service.ts';
import { HoldsService } from './holds.service.ts';
import { MattersService } from './matters.service.ts';
import { RetentionService } from './retention.service.ts';
import { RetentionSweep } from './retention.sweep.ts';
import { CONTEXT } from './retention.tokens.ts';

/** Door HTTP: what retention is asked. */
@Controller()
export class RetentionController {
  constructor(
    @Inject(CONTEXT) private readonly context: ServiceContext,
    @Inject(RetentionService) private readonly retention: RetentionService,
    @Inject(RetentionSweep) private readonly sweeps: RetentionSweep,
    @Inject(HoldsService) private readonly holds: HoldsService,
    @Inject(MattersService) private readonly matters: MattersService,
    @Inject(BreakerService) private readonly breaker: BreakerService,
  ) {}

  @Answer(http.StateAnchor)
  async stateAnchor(
    @Asked() { body, caller }: Asked<typeof http.StateAnchor>,
  ): Promise<AnswerOf<typeof http.StateAnchor>> {
    const stated = body.anchors.map((anchor) => ({ ...anchor, at: new Date(anchor.at) }));
    return this.matters.state(caller.tenant, stated, this.now());
  }

  @Answer(http.PlaceHold)
  placeHold(@Asked() { body, caller }: Asked<typeof http.PlaceHold>): Promise<AnswerOf<typeof http.PlaceHold>> {
    return this.holds.place(caller, body, this.now());
  }

  @Answer(http.ReleaseHold)
  releaseHold(@Asked() { params, caller }: Asked<typeof http.ReleaseHold>): Promise<AnswerOf<typeof http.ReleaseHold>> {
    return this.holds.release(caller, params.hold, this.now());
  }

  @Answer(http.ReviewHold)
  reviewHold(
    @Asked() { params, body, caller }: Asked<typeof http.ReviewHold>,
  ): Promise<AnswerOf<typeof http.ReviewHold>> {
    return this.holds.review(caller, params.hold, body.reviewOn);
  }

  @Answer(http.AckHold)
  ackHold(@Asked() { params, body, caller }: Asked<typeof http.AckHold>): Promise<AnswerOf<typeof http.AckHold>> {
    return this.holds.ack(caller.tenant, params.hold, body, this.now());
  }

  @Answer(http.Holds)
  allHolds(@Asked() { caller }: Asked<typeof http.Holds>): Promise<AnswerOf<typeof http.Holds>> {
    return this.holds.all(caller.tenant);
  }

  @Answer(http.Forecast)
  forecast(@Asked() { caller }: Asked<typeof http.Forecast>): Promise<AnswerOf<typeof http.Forecast>> {
    return this.retention.forecast(caller.tenant);
  }

  @Answer(http.Sweep)
  async sweep(@Asked() { body, caller }: Asked<typeof http.Sweep>): Promise<AnswerOf<typeof http.Sweep>> {
    const { ordered, stopped, backupsPurged } = await this.sweeps.sweepTenant(caller.tenant, this.now());
    return {
      ordered: ordered.length,
      outstanding: await this.retention.outstanding(caller.tenant, body.waitMs),
      backupsPurged,
      ...(stopped ? { stopped } : {}),
    };
  }

  @Answer(http.NextSweep)
  nextSweep(@Asked() { caller }: Asked<typeof http.NextSweep>): Promise<AnswerOf<typeof http.NextSweep>> {
    return this.retention.nextSweep(caller.tenant, this.now());
  }

  @Answer(http.Breaker)
  breakerState(@Asked() { caller }: Asked<typeof http.Breaker>): Promise<AnswerOf<typeof http.Breaker>> {
    return this.breaker.state(caller.tenant, this.now());
  }

  @Answer(http.ProposePass)
  proposePass(@Asked() { body, caller }: Asked<typeof http.ProposePass>): Promise<AnswerOf<typeof http.ProposePass>> {
    return this.breaker.propose(caller, body.reason, this.now());
  }

  @Answer(http.ConfirmPass)
  confirmPass(@Asked() { params, caller }: Asked<typeof http.ConfirmPass>): Promise<AnswerOf<typeof http.ConfirmPass>> {
    return this.breaker.confirm(caller, params.pass, this.now());
  }

  @Answer(http.StopDisposal)
  stopDisposal(
    @Asked() { body, caller }: Asked<typeof http.StopDisposal>,
  ): Promise<AnswerOf<typeof http.StopDisposal>> {
    return this.breaker.stop(caller, body.reason, this.now());
  }

  @Answer(http.ResumeDisposal)
  resumeDisposal(
    @Asked() { caller }: Asked<typeof http.ResumeDisposal>,
  ): Promise<AnswerOf<typeof http.ResumeDisposal>> {
    return this.breaker.resume(caller, this.now());
  }

  @Answer(http.AckDisposal)
  ackDisposal(
    @Asked() { params, body, caller }: Asked<typeof http.AckDisposal>,
  ): Promise<AnswerOf<typeof http.AckDisposal>> {
    return this.retention.platformAck(caller.tenant, params.order, body, this.now());
  }

  private now(): Date {
    return this.context.clock.machineNow();
  }
}
