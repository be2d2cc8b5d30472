import { http } from '@lethe/contracts';
import { Answer, Asked, type AnswerOf } from '@lethe/platform';
import { Controller, Inject } from '@nestjs/common';
import { CollectionService } from './collection.service.ts';

/** Door HTTP: security controls and their evidence. */
@Controller()
export class ControlsController {
  constructor(@Inject(CollectionService) private readonly service: CollectionService) {}

  @Answer(http.FileControlEvidence)
  async file(
    @Asked() { params, body, caller }: Asked<typeof http.FileControlEvidence>,
  ): Promise<AnswerOf<typeof http.FileControlEvidence>> {
    const at = await this.service.moment(caller.tenant);
    return this.service.controls.file(caller.tenant, caller.sub, params.control, body, at);
  }

  @Answer(http.Controls)
  async controls(@Asked() { caller }: Asked<typeof http.Controls>): Promise<AnswerOf<typeof http.Controls>> {
    return this.service.controls.all(caller.tenant, await this.service.moment(caller.tenant));
  }

  @Answer(http.StoredAs)
  async storedAs(@Asked() { query, caller }: Asked<typeof http.StoredAs>): Promise<AnswerOf<typeof http.StoredAs>> {
    const at = await this.service.moment(caller.tenant);
    return this.service.controls.storedAs(caller.tenant, caller.sub, query, at);
  }
}
