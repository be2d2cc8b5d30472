import { http } from '@lethe/contracts';
import { Answer, Asked, type AnswerOf } from '@lethe/platform';
import { Controller, Inject } from '@nestjs/common';
import { FindingsService } from './findings.service.ts';

/** Door HTTP: what a person has to look at. */
@Controller()
export class FindingsController {
  constructor(@Inject(FindingsService) private readonly findings: FindingsService) {}

  @Answer(http.Findings)
  all(@Asked() { caller }: Asked<typeof http.Findings>): Promise<AnswerOf<typeof http.Findings>> {
    return this.findings.all(caller.tenant);
  }
}
