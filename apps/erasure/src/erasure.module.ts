import {
  ending,
  migrations,
  Secrets,
  type OpenedService,
  type ServiceContext,
  type ServiceDefinition,
} from '@lethe/platform';
import { Module, type DynamicModule } from '@nestjs/common';
import { stateOf } from './domain/saga.ts';
import { EndsService } from './ends.service.ts';
import { erasureRoutes } from './erasure.consumer.ts';
import { ErasureController } from './erasure.controller.ts';
import { ErasureService } from './erasure.service.ts';
import { ErasureSweep } from './erasure.sweep.ts';
import { Issuing } from './issuing.ts';
import { momentOf } from './moment.ts';
import { OutStream } from './out-stream.ts';
import { Recovering } from './recovering.ts';
import { Restating } from './restating.ts';
import { RecordingService } from './recording.service.ts';
import { SagaRunner } from './saga.runner.ts';
import { SagaSteps } from './saga.steps.ts';
import { Books } from './store/books.ts';
import { ErasureStore } from './store/erasure.store.ts';
import { erasureDeclarations } from './store/declarations.ts';
import { erasureEnds } from './store/row-ends.ts';
import { erasureStep } from './store/migrations/001-erasure.ts';
import { refsStep } from './store/migrations/033-refs.ts';
import { epochsOfTenantsStep } from './store/migrations/035-epochs-of-tenants.ts';
import { unsaidStep } from './store/migrations/036-unsaid.ts';
import { storesThatLeftStep } from './store/migrations/034-stores-that-left.ts';
import { withdrawalsStep } from './store/migrations/002-withdrawals.ts';
import { holdScopeStep } from './store/migrations/031-hold-scope.ts';
import { tenantEndStep } from './store/migrations/030-tenant-end.ts';
import { Recorder } from './store/recorder.ts';
import { RefsService } from './refs.service.ts';
import { RegistryService } from './registry.service.ts';
import { WithdrawalStore } from './store/withdrawal.store.ts';
import { Waiting } from './waiting.ts';
import { WithdrawalsAgain } from './withdrawals-again.ts';
import { WithdrawalsService } from './withdrawals.service.ts';

interface Parts {
  readonly books: Books;
  readonly service: ErasureService;
  readonly recording: RecordingService;
  readonly withdrawals: WithdrawalsService;
  readonly again: WithdrawalsAgain;
  readonly runner: SagaRunner;
  readonly steps: SagaSteps;
  readonly ends: EndsService;
  readonly registry: RegistryService;
  readonly refs: RefsService;
}

/** Puts a context's erasure together; the caller closes `books`. */
export async function assemble(context: ServiceContext): Promise<Parts> {
  const secret = new Secrets(context.config.secretsFolder).bytes('erasure-idempotency.key');
  const books = await Books.open({
    ledger: context.config.ledgerFolder,
    secrets: context.config.secretsFolder,
    marks: context.config.marksFolder,
  });
  const recorder = new Recorder(books.ledger);
  await recorder.open();
  const waiting = new Waiting();
  const out = new OutStream(context);
  const refs = new RefsService(context, books);
  const steps = new SagaSteps(context, recorder, out);
  const runner = new SagaRunner(context, steps, new Issuing(context, books, out), waiting);
  const withdrawals = new WithdrawalsService(context, out);
  const again = new WithdrawalsAgain(context, withdrawals, waiting);
  const service = new ErasureService(context, runner, waiting, secret);
  return {
    books,
    refs,
    steps,
    runner,
    service,
    withdrawals,
    again,
    ends: new EndsService(context, books, recorder),
    registry: new RegistryService(context, runner),
    recording: new RecordingService(context, books, recorder, runner, out, waiting, withdrawals, again, refs),
  };
}

/** The wiring, and nothing else. */
@Module({})
export class ErasureModule {
  static for(
    context: ServiceContext,
    { service, recording, runner, withdrawals, again, ends, registry, refs }: Parts,
  ): DynamicModule {
    return {
      module: ErasureModule,
      controllers: [ErasureController],
      providers: [
        { provide: ErasureService, useValue: service },
        { provide: RecordingService, useValue: recording },
        { provide: WithdrawalsService, useValue: withdrawals },
        { provide: EndsService, useValue: ends },
        { provide: RegistryService, useValue: registry },
        { provide: RefsService, useValue: refs },
        {
          provide: ErasureSweep,
          useValue: new ErasureSweep(context, runner, withdrawals, again, ends, registry, refs),
        },
      ],
    };
  }
}

/** Erasure, as an application starts it: what does this person get, by when; is it really gone? */
export const erasure: ServiceDefinition = {
  service: 'erasure',
  migrations: migrations('erasure', [
    erasureStep,
    withdrawalsStep,
    tenantEndStep,
    holdScopeStep,
    refsStep,
    storesThatLeftStep,
    epochsOfTenantsStep,
    unsaidStep,
  ]),
  declarations: ending(erasureDeclarations, erasureEnds),
  async open(context): Promise<OpenedService> {
    const parts = await assemble(context);
    measure(context, parts);
    const restating = new Restating(context, parts.books, parts.registry);
    return {
      module: ErasureModule.for(context, parts),
      routes: erasureRoutes(parts),
      restate: (slot) => restating.state(slot),
      restateOrders: (slot) => restating.stateOrders(slot),
      recovers: new Recovering(context, new OutStream(context)),
      ready: () => parts.books.fault(),
      stop: async () => {
        await parts.runner.stop();
        parts.refs.stop();
        await parts.withdrawals.stop();
        await parts.again.stop();
        await parts.ends.stop();
        await parts.books.close();
      },
    };
  },
};

function measure(context: ServiceContext, { books }: Parts): void {
  const { metrics, packs, database } = context;
  metrics.gauge('ledger_entries', 'Entries of the replay list.', () => Promise.resolve(books.ledger.head()));
  metrics.gauge('log_leaves', 'Leaves of the Merkle log.', () => Promise.resolve(books.log.size()));
  metrics.gauge('requests', 'Requests by state; restricted ones are late.', async () => {
    const counts = new Map<string, number>();
    for (const { tenant } of await packs.tenants()) {
      for (const { count, ...one } of await database.within(tenant, (sql) => new ErasureStore(sql, tenant).counts())) {
        counts.set(stateOf(one), (counts.get(stateOf(one)) ?? 0) + count);
      }
    }
    return [...counts].map(([state, value]) => ({ labels: { state }, value }));
  });
  metrics.gauge(
    'withdrawals',
    'Withdrawals the platform has not answered for; late ones are beyond their day.',
    async () => {
      const sum = { waiting: 0, late: 0 };
      for (const { tenant } of await packs.tenants()) {
        const { today } = await momentOf(context, tenant);
        const one = await database.within(tenant, (sql) => new WithdrawalStore(sql, tenant).waiting(today));
        sum.waiting += one.waiting;
        sum.late += one.late;
      }
      return Object.entries(sum).map(([state, value]) => ({ labels: { state }, value }));
    },
  );
}
