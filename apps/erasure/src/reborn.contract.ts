import type { Envelope, EventDefinition } from '@lethe/contracts';
import type { SubjectRef, TenantId } from '@lethe/kernel';
import type { Route } from '@lethe/messaging';
import { crashAt, newId, type ServiceContext, type ServiceDefinition } from '@lethe/platform';
import { testContext, type TestContext } from '@lethe/testing';
import { erasureRoutes } from './erasure.consumer.ts';
import { assemble, erasure } from './erasure.module.ts';

export type Parts = Awaited<ReturnType<typeof assemble>>;

class NothingModule {}

/**
 * Erasure without a process of its own: every event is delivered by hand, and after every single one the instance is
 * thrown away and another put together from rows and files, as after a SIGKILL.
 */
export class Reborn {
  /** How often an instance was killed where `killAt` said. */
  kills = 0;

  private constructor(
    readonly world: TestContext,
    readonly context: ServiceContext,
  ) {}

  static async open(): Promise<Reborn> {
    let context: ServiceContext | undefined;
    const bare: ServiceDefinition = {
      ...erasure,
      open: (given) => {
        context = given;
        return { module: { module: NothingModule }, routes: [] };
      },
    };
    const world = await testContext(bare);
    if (context === undefined) throw new Error('the service was not opened');
    return new Reborn(world, context);
  }

  /** Puts an instance together, lets it do one thing, and drops it. A crash inside is a crash: whatever was not durable is lost. */
  async live<Result>(work: (parts: Parts, routes: readonly Route[]) => Promise<Result>): Promise<Result> {
    const parts = await assemble(this.context);
    try {
      return await work(parts, erasureRoutes(parts));
    } finally {
      await parts.ends.stop();
      await parts.runner.stop();
      await parts.books.close();
    }
  }

  async deliver<Definition extends EventDefinition>(
    tenant: TenantId,
    definition: Definition,
    subject: SubjectRef | undefined,
    data: Envelope<Definition>['data'],
  ): Promise<void> {
    const { world, context } = this;
    const event = {
      specversion: '1.0',
      id: newId(),
      source: 'lethe/test',
      type: definition.type,
      time: world.clock.now().toISOString(),
      tenant,
      subject,
      data,
    };
    const signed = definition.signed
      ? { ...event, signature: await world.callersOf(definition.service).signEvent(event as Envelope) }
      : event;
    await this.live(async (parts, routes) => {
      const route = routes.find((one) => one.definition.type === definition.type);
      await context.database.within(tenant, async (sql) =>
        route?.apply(sql, [signed as Envelope], { topic: definition.topic, slot: 0, incarnation: 'x', numbers: [1] }),
      );
      await parts.ends.stop();
      await parts.runner.stop();
    });
  }

  /** The next instance that comes to this point is killed there, once. */
  killAt(point: string): void {
    this.kills = 0;
    crashAt.strike = (name) => {
      if (name !== point || this.kills > 0) return;
      this.kills += 1;
      throw new Error('killed');
    };
  }

  spare(): void {
    crashAt.strike = undefined;
  }

  stop(): Promise<void> {
    return this.world.stop();
  }
}
