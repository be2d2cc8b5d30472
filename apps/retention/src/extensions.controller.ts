import { http } from '@lethe/contracts';
import { Answer, Asked, type AnswerOf, type ServiceContext } from '@lethe/platform';
import { Controller, Inject } from '@nestjs/common';
import { ExtensionsService } from './extensions.service.ts';
import { CONTEXT } from './retention.tokens.ts';

/** Door HTTP: longer periods. */
@Controller()
export class ExtensionsController {
  constructor(
    @Inject(CONTEXT) private readonly context: ServiceContext,
    @Inject(ExtensionsService) private readonly extensions: ExtensionsService,
  ) {}

  @Answer(http.AgreeExtension)
  agree(@Asked() { body, caller }: Asked<typeof http.AgreeExtension>): Promise<AnswerOf<typeof http.AgreeExtension>> {
    return this.extensions.agree(caller, body, this.context.clock.machineNow());
  }

  @Answer(http.WithdrawExtension)
  withdraw(
    @Asked() { params, caller }: Asked<typeof http.WithdrawExtension>,
  ): Promise<AnswerOf<typeof http.WithdrawExtension>> {
    return this.extensions.withdraw(caller.tenant, params.extension, this.context.clock.machineNow());
  }

  @Answer(http.Extensions)
  all(@Asked() { caller }: Asked<typeof http.Extensions>): Promise<AnswerOf<typeof http.Extensions>> {
    return this.extensions.all(caller.tenant);
  }
}
