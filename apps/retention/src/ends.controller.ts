import { http } from '@lethe/contracts';
import { Answer, Asked, type AnswerOf, type ServiceContext } from '@lethe/platform';
import { Controller, Inject } from '@nestjs/common';
import { EndsService } from './ends.service.ts';
import { CONTEXT } from './retention.tokens.ts';

/** Door HTTP: the end of a tenant. */
@Controller()
export class EndsController {
  constructor(
    @Inject(CONTEXT) private readonly context: ServiceContext,
    @Inject(EndsService) private readonly ends: EndsService,
  ) {}

  @Answer(http.End)
  state(@Asked() { caller }: Asked<typeof http.End>): Promise<AnswerOf<typeof http.End>> {
    return this.ends.state(caller.tenant);
  }

  @Answer(http.ProposeEnd)
  propose(@Asked() { body, caller }: Asked<typeof http.ProposeEnd>): Promise<AnswerOf<typeof http.ProposeEnd>> {
    return this.ends.propose(caller, body.reason, this.context.clock.machineNow());
  }

  @Answer(http.ConfirmEnd)
  confirm(@Asked() { params, body, caller }: Asked<typeof http.ConfirmEnd>): Promise<AnswerOf<typeof http.ConfirmEnd>> {
    return this.ends.confirm(caller, params.end, body.waitMs, this.context.clock.machineNow());
  }
}
