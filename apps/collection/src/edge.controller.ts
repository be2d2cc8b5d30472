import { http } from '@lethe/contracts';
import { Answer, Asked, type AnswerOf } from '@lethe/platform';
import { Controller, Inject } from '@nestjs/common';
import { CollectionService } from './collection.service.ts';
import { Edge } from './edge/edge.ts';

/** Door HTTP of the edge: what a platform needs before it may write to its topic. The clock is read here. */
@Controller()
export class EdgeController {
  constructor(
    @Inject(CollectionService) private readonly service: CollectionService,
    @Inject(Edge) private readonly edge: Edge,
  ) {}

  @Answer(http.IntakeKey)
  intakeKey(@Asked() { caller }: Asked<typeof http.IntakeKey>): Promise<AnswerOf<typeof http.IntakeKey>> {
    return this.edge.intakeKey(caller.tenant, this.service.now());
  }

  @Answer(http.RegisterPlatformKey)
  register(
    @Asked() { body, caller }: Asked<typeof http.RegisterPlatformKey>,
  ): Promise<AnswerOf<typeof http.RegisterPlatformKey>> {
    return this.edge.register(caller.tenant, body, caller.sub, this.service.now());
  }

  @Answer(http.EndPlatformKey)
  end(@Asked() { params, caller }: Asked<typeof http.EndPlatformKey>): Promise<AnswerOf<typeof http.EndPlatformKey>> {
    return this.edge.end(caller.tenant, params.kid, this.service.now());
  }
}
