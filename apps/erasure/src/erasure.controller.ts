import { http } from '@lethe/contracts';
import { Answer, Asked, type AnswerOf } from '@lethe/platform';
import { Controller, Inject } from '@nestjs/common';
import { EndsService } from './ends.service.ts';
import { ErasureService } from './erasure.service.ts';
import { RecordingService } from './recording.service.ts';
import { RegistryService } from './registry.service.ts';
import { WithdrawalsService } from './withdrawals.service.ts';

/** Door HTTP: what erasure is asked. */
@Controller()
export class ErasureController {
  constructor(
    @Inject(ErasureService) private readonly service: ErasureService,
    @Inject(RecordingService) private readonly recording: RecordingService,
    @Inject(WithdrawalsService) private readonly withdrawals: WithdrawalsService,
    @Inject(EndsService) private readonly ends: EndsService,
    @Inject(RegistryService) private readonly registry: RegistryService,
  ) {}

  @Answer(http.AskErasure)
  ask(@Asked() { body, caller }: Asked<typeof http.AskErasure>): Promise<AnswerOf<typeof http.AskErasure>> {
    return this.service.ask(caller, body);
  }

  @Answer(http.RequestState)
  state(
    @Asked() { params, query, caller, gone }: Asked<typeof http.RequestState>,
  ): Promise<AnswerOf<typeof http.RequestState>> {
    return this.service.state(caller, params.request, query.until, query.waitMs, gone);
  }

  @Answer(http.VerifyRequest)
  verify(
    @Asked() { params, body, caller }: Asked<typeof http.VerifyRequest>,
  ): Promise<AnswerOf<typeof http.VerifyRequest>> {
    return this.service.verify(caller, params.request, body);
  }

  @Answer(http.AckErasure)
  ack(@Asked() { params, body, caller }: Asked<typeof http.AckErasure>): Promise<AnswerOf<typeof http.AckErasure>> {
    return this.service.ack(caller, params.request, body);
  }

  @Answer(http.AckWithdrawal)
  ackWithdrawal(
    @Asked() { params, body, caller }: Asked<typeof http.AckWithdrawal>,
  ): Promise<AnswerOf<typeof http.AckWithdrawal>> {
    return this.withdrawals.ack(caller, params.entry, body);
  }

  @Answer(http.Withdrawals)
  withdrawn(@Asked() { query, caller }: Asked<typeof http.Withdrawals>): Promise<AnswerOf<typeof http.Withdrawals>> {
    return this.withdrawals.list(caller, query);
  }

  @Answer(http.RegisterParticipant)
  register(
    @Asked() { body, caller }: Asked<typeof http.RegisterParticipant>,
  ): Promise<AnswerOf<typeof http.RegisterParticipant>> {
    return this.registry.register(caller, body);
  }

  @Answer(http.Participants)
  participants(@Asked() { caller }: Asked<typeof http.Participants>): Promise<AnswerOf<typeof http.Participants>> {
    return this.registry.list(caller.tenant);
  }

  @Answer(http.LeaveParticipant)
  leave(
    @Asked() { params, body, caller }: Asked<typeof http.LeaveParticipant>,
  ): Promise<AnswerOf<typeof http.LeaveParticipant>> {
    return this.registry.leave(caller, params.participant, body.because);
  }

  @Answer(http.CloseParticipant)
  close(
    @Asked() { params, caller }: Asked<typeof http.CloseParticipant>,
  ): Promise<AnswerOf<typeof http.CloseParticipant>> {
    return this.registry.close(caller, params.participant);
  }

  @Answer(http.CertificateOf)
  certificate(
    @Asked() { params, caller }: Asked<typeof http.CertificateOf>,
  ): Promise<AnswerOf<typeof http.CertificateOf>> {
    return this.service.certificate(caller, params.certificate);
  }

  @Answer(http.EndStatement)
  endStatement(@Asked() { caller }: Asked<typeof http.EndStatement>): Promise<AnswerOf<typeof http.EndStatement>> {
    return this.ends.statement(caller.tenant);
  }

  @Answer(http.Requests)
  requests(@Asked() { query, caller }: Asked<typeof http.Requests>): Promise<AnswerOf<typeof http.Requests>> {
    return this.service.requests(caller, query);
  }

  @Answer(http.Out)
  out(@Asked() { query, caller, gone }: Asked<typeof http.Out>): Promise<AnswerOf<typeof http.Out>> {
    return this.recording.out(caller, query.after, query.waitMs, gone);
  }

  @Answer(http.LedgerKeys)
  keys(): AnswerOf<typeof http.LedgerKeys> {
    return this.recording.keys();
  }

  @Answer(http.KeepCells)
  keepCells(@Asked() { body, caller }: Asked<typeof http.KeepCells>): Promise<AnswerOf<typeof http.KeepCells>> {
    return this.recording.keepCells(caller, body);
  }

  @Answer(http.LedgerEntries)
  entries(@Asked() { query, caller }: Asked<typeof http.LedgerEntries>): Promise<AnswerOf<typeof http.LedgerEntries>> {
    return this.recording.ledgerEntries(caller, query.after, query.limit);
  }
}
