import { http } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import { Answer, Asked, type AnswerOf } from '@lethe/platform';
import { Controller, Inject } from '@nestjs/common';
import { CollectionService } from './collection.service.ts';

/** Door HTTP: what collection is asked. The clock is read here and nowhere below. */
@Controller()
export class CollectionController {
  constructor(@Inject(CollectionService) private readonly service: CollectionService) {}

  @Answer(http.SubjectOf)
  subjectOf(@Asked() { body, caller }: Asked<typeof http.SubjectOf>): Promise<AnswerOf<typeof http.SubjectOf>> {
    return this.service.names.subjectOf(caller.tenant, body.userId);
  }

  @Answer(http.MatterOf)
  matterOf(@Asked() { body, caller }: Asked<typeof http.MatterOf>): Promise<AnswerOf<typeof http.MatterOf>> {
    return this.service.names.matterOf(caller.tenant, body);
  }

  @Answer(http.Collect)
  async collect(@Asked() { body, caller }: Asked<typeof http.Collect>): Promise<AnswerOf<typeof http.Collect>> {
    return {
      answers: await this.service.intake.collect(
        caller.tenant,
        body.submissions,
        await this.service.moment(caller.tenant),
      ),
    };
  }

  @Answer(http.MayUse)
  async mayUse(@Asked() { body, caller }: Asked<typeof http.MayUse>): Promise<AnswerOf<typeof http.MayUse>> {
    return {
      answers: await this.service.gate.mayUse(caller.tenant, body.questions, await this.service.moment(caller.tenant)),
    };
  }

  @Answer(http.Open)
  async open(@Asked() { body, caller }: Asked<typeof http.Open>): Promise<AnswerOf<typeof http.Open>> {
    if (body.parts === undefined && body.subject === undefined)
      throw new Fault('invalid', 'collection/nothing-asked', 'name parts, or a person', 'parts');
    return this.service.opening.open(caller.tenant, caller.sub, body, await this.service.moment(caller.tenant));
  }

  @Answer(http.ApproveStaff)
  async approveStaff(
    @Asked() { body, caller }: Asked<typeof http.ApproveStaff>,
  ): Promise<AnswerOf<typeof http.ApproveStaff>> {
    const at = await this.service.moment(caller.tenant);
    return { approval: await this.service.staff.approve(caller.tenant, caller.sub, body, at) };
  }

  @Answer(http.SetShadowMode)
  async setShadowMode(
    @Asked() { body, caller }: Asked<typeof http.SetShadowMode>,
  ): Promise<AnswerOf<typeof http.SetShadowMode>> {
    const at = await this.service.moment(caller.tenant);
    await this.service.standings.setShadow(caller.tenant, body.on, caller.sub, at);
    return { on: body.on };
  }

  @Answer(http.Cease)
  async cease(@Asked() { body, caller }: Asked<typeof http.Cease>): Promise<AnswerOf<typeof http.Cease>> {
    const at = await this.service.moment(caller.tenant);
    return { stopsAt: (await this.service.standings.cease(caller.tenant, body, caller.sub, at)).toISOString() };
  }

  @Answer(http.Access)
  async access(@Asked() { body, caller }: Asked<typeof http.Access>): Promise<AnswerOf<typeof http.Access>> {
    if (caller.role === 'subject' && caller.subject !== body.subject) {
      throw new Fault(
        'forbidden',
        'collection/not-your-own',
        'a person may have a copy of their own data only',
        'subject',
      );
    }
    return this.service.opening.copy(caller.tenant, caller.sub, body.subject, await this.service.moment(caller.tenant));
  }

  @Answer(http.Holdings)
  holdings(@Asked() { params, caller }: Asked<typeof http.Holdings>): Promise<AnswerOf<typeof http.Holdings>> {
    return this.service.stock.holdings(caller.tenant, params.subject);
  }

  @Answer(http.Cells)
  cells(@Asked() { query, caller }: Asked<typeof http.Cells>): Promise<AnswerOf<typeof http.Cells>> {
    return this.service.stock.cells(caller.tenant, query.class);
  }

  @Answer(http.ReleaseCells)
  async release(
    @Asked() { body, caller }: Asked<typeof http.ReleaseCells>,
  ): Promise<AnswerOf<typeof http.ReleaseCells>> {
    return this.service.releasing.release(caller.tenant, caller.sub, body, await this.service.moment(caller.tenant));
  }

  @Answer(http.Held)
  held(@Asked() { caller }: Asked<typeof http.Held>): Promise<AnswerOf<typeof http.Held>> {
    return this.service.stock.held(caller.tenant);
  }

  @Answer(http.MatterDays)
  matterDays(@Asked() { query, caller }: Asked<typeof http.MatterDays>): Promise<AnswerOf<typeof http.MatterDays>> {
    return this.service.stock.matterDays(caller.tenant, { class: query.class, anchors: query.anchors.split(',') });
  }

  @Answer(http.Counts)
  counts(@Asked() { caller }: Asked<typeof http.Counts>): Promise<AnswerOf<typeof http.Counts>> {
    return this.service.stock.counts(caller.tenant);
  }

  @Answer(http.RestoreBackup)
  restore(@Asked() { body, caller }: Asked<typeof http.RestoreBackup>): Promise<AnswerOf<typeof http.RestoreBackup>> {
    return this.service.restore.run(caller.tenant, body);
  }

  @Answer(http.KeyringDrill)
  drill(@Asked() { caller }: Asked<typeof http.KeyringDrill>): Promise<AnswerOf<typeof http.KeyringDrill>> {
    return this.service.stock.drill(caller.tenant);
  }

  @Answer(http.RotateEpoch)
  rotateEpoch(@Asked() _: Asked<typeof http.RotateEpoch>): Promise<AnswerOf<typeof http.RotateEpoch>> {
    return this.service.epochs.rotate(this.service.now());
  }
}
