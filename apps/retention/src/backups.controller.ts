import { http } from '@lethe/contracts';
import { Answer, Asked, type AnswerOf, type ServiceContext } from '@lethe/platform';
import { Controller, Inject } from '@nestjs/common';
import { BackupsService } from './backups.service.ts';
import { PlatformBackupsService } from './platform-backups.service.ts';
import { RestoresService } from './restores.service.ts';
import { CONTEXT } from './retention.tokens.ts';

/** Door HTTP: backups, Lethe's own and the platform's. */
@Controller()
export class BackupsController {
  constructor(
    @Inject(CONTEXT) private readonly context: ServiceContext,
    @Inject(BackupsService) private readonly backups: BackupsService,
    @Inject(RestoresService) private readonly restores: RestoresService,
    @Inject(PlatformBackupsService) private readonly platform: PlatformBackupsService,
  ) {}

  @Answer(http.TakeBackup)
  takeBackup(@Asked() { body, caller }: Asked<typeof http.TakeBackup>): Promise<AnswerOf<typeof http.TakeBackup>> {
    return this.backups.take(caller.tenant, body, this.now());
  }

  @Answer(http.Backups)
  allBackups(@Asked() { caller }: Asked<typeof http.Backups>): Promise<AnswerOf<typeof http.Backups>> {
    return this.backups.all(caller.tenant);
  }

  @Answer(http.ProposeRestore)
  proposeRestore(
    @Asked() { params, caller }: Asked<typeof http.ProposeRestore>,
  ): Promise<AnswerOf<typeof http.ProposeRestore>> {
    return this.restores.propose(caller, params.backup);
  }

  @Answer(http.ConfirmRestore)
  confirmRestore(
    @Asked() { params, caller }: Asked<typeof http.ConfirmRestore>,
  ): Promise<AnswerOf<typeof http.ConfirmRestore>> {
    return this.restores.confirm(caller, params.restore);
  }

  @Answer(http.Restores)
  allRestores(@Asked() { caller }: Asked<typeof http.Restores>): Promise<AnswerOf<typeof http.Restores>> {
    return this.restores.all(caller.tenant);
  }

  @Answer(http.RestoreState)
  restoreState(
    @Asked() { params, query, caller }: Asked<typeof http.RestoreState>,
  ): Promise<AnswerOf<typeof http.RestoreState>> {
    return this.restores.state(caller.tenant, params.restore, query.waitMs);
  }

  @Answer(http.RegisterBackup)
  register(
    @Asked() { body, caller }: Asked<typeof http.RegisterBackup>,
  ): Promise<AnswerOf<typeof http.RegisterBackup>> {
    return this.platform.register(caller.tenant, body, this.now());
  }

  @Answer(http.AckBackup)
  ack(@Asked() { params, body, caller }: Asked<typeof http.AckBackup>): Promise<AnswerOf<typeof http.AckBackup>> {
    return this.platform.ack(caller.tenant, params.backup, body, this.now());
  }

  @Answer(http.MayRestore)
  mayRestore(@Asked() { params, caller }: Asked<typeof http.MayRestore>): Promise<AnswerOf<typeof http.MayRestore>> {
    return this.platform.mayRestore(caller.tenant, params.backup);
  }

  private now(): Date {
    return this.context.clock.machineNow();
  }
}
