import { createSecretKey } from 'node:crypto';
import type { TenantId } from '@lethe/kernel';
import { Secrets, type ServiceContext } from '@lethe/platform';
import type { Keyring } from '@lethe/sealing';
import { Background } from './background.ts';
import { Backups } from './backups.ts';
import { CollectionClock } from './collection.clock.ts';
import { collectionRoutes } from './collection.consumer.ts';
import { Controls } from './controls.ts';
import { Disposing } from './disposing.ts';
import { Epochs } from './epochs.ts';
import { Erasing } from './erasing.ts';
import { Extensions } from './extensions.ts';
import { Gate } from './gate.ts';
import { Holds } from './holds.ts';
import { Intake } from './intake.ts';
import { Matters } from './matters.ts';
import { Names } from './names.ts';
import { Opening } from './opening.ts';
import { Restating } from './restating.ts';
import { Recovering } from './recovering.ts';
import { Restore } from './restore.ts';
import { momentOf, type Moment, type Room } from './room.ts';
import { Shredding } from './shredding.ts';
import { StaffApprovals } from './staff.ts';
import { Standings } from './standing.ts';
import { Releasing } from './releasing.ts';
import { Stock } from './stock.ts';
import { TenantEnds } from './tenant-ends.ts';

/** Collection, put together: may this be collected or used, now, for this purpose, about this person? */
export class CollectionService {
  readonly names: Names;
  readonly intake: Intake;
  readonly gate: Gate;
  readonly opening: Opening;
  readonly staff: StaffApprovals;
  readonly controls: Controls;
  readonly standings: Standings;
  readonly stock: Stock;
  readonly releasing: Releasing;
  readonly epochs: Epochs;
  readonly restore: Restore;
  readonly recovering: Recovering;
  readonly background: Background;
  readonly clock: CollectionClock;
  private readonly room: Room;

  private constructor(
    private readonly context: ServiceContext,
    keyring: Keyring,
    secret: Buffer,
  ) {
    this.room = {
      context,
      keyring,
      idempotency: createSecretKey(secret),
      standings: new Standings(context),
      wake: (tenant) => this.background.wake(tenant),
      look: (tenant) => this.background.look(tenant),
    };
    this.names = new Names(this.room);
    this.intake = new Intake(this.room);
    this.gate = new Gate(this.room);
    this.opening = new Opening(this.room);
    this.staff = new StaffApprovals(this.room);
    this.controls = new Controls(this.room, this.opening);
    this.standings = this.room.standings;
    this.stock = new Stock(this.room);
    this.releasing = new Releasing(this.room);
    this.epochs = new Epochs(this.room);
    this.restore = new Restore(this.room);
    this.recovering = new Recovering(this.room);
    this.background = new Background(this.room);
    this.clock = new CollectionClock(this.room, this.background, this.epochs);
    context.metrics.gauge(
      'background_unfinished',
      'Tenants whose shredding, disposal or sweeping stopped and waits for the next round.',
      () => Promise.resolve(this.background.unfinished),
    );
  }

  /** @throws Error when there is no keyring: collection is the one service that has it */
  static open(context: ServiceContext): CollectionService {
    if (context.keyring === undefined) throw new Error('collection needs a keyring');
    return new CollectionService(
      context,
      context.keyring,
      new Secrets(context.config.secretsFolder).bytes('idempotency'),
    );
  }

  routes() {
    return collectionRoutes(this.room, {
      erasing: new Erasing(this.room),
      disposing: new Disposing(this.room),
      holds: new Holds(this.room),
      matters: new Matters(this.room),
      extensions: new Extensions(this.room),
      backups: new Backups(this.room),
      ends: new TenantEnds(this.room, new Matters(this.room)),
    });
  }

  /** Announces anew everything of one slot; the id of the event that ends the statement. */
  restate(slot: number): Promise<string> {
    const { room } = this;
    return new Restating(room, {
      disposing: new Disposing(room),
      erasing: new Erasing(room),
      shredding: new Shredding(room),
      holds: new Holds(room),
      extensions: new Extensions(room),
      backups: new Backups(room),
      ends: new TenantEnds(room, new Matters(room)),
    }).state(slot);
  }

  now(): Date {
    return this.context.clock.machineNow();
  }

  moment(tenant: TenantId): Promise<Moment> {
    return momentOf(this.context, tenant);
  }
}
