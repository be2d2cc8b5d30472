import { Backups } from './backups.ts';
import { SERVICES } from './house.ts';
import { Holds } from './holds.ts';
import { People } from './people.ts';
import { codeOf, type Scene } from './scene.ts';
import { FLOOR_DAYS, Versions } from './versions.ts';

const DAY_MS = 86_400_000;
/** In one delivery, where nobody cares how many. */
const ALL = 500;

/** What people, officers, clocks and the machine do in one seed, each deed one step. */
export class Deeds {
  readonly people: People;
  readonly holds: Holds;
  readonly backups: Backups;
  readonly versions: Versions;
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.people = new People(scene);
    this.holds = new Holds(scene);
    this.backups = new Backups(scene);
    this.versions = new Versions(scene);
  }

  /** The tenant, its people and what they agree to. */
  async open(startAt: number): Promise<void> {
    const { world, tenant } = this.#scene;
    const { tenants, clockwork } = world;
    await world.beat();
    const opening = tenants.open({ tenant, pack: 'fair', startAt: new Date(startAt) }, clockwork.now());
    await world.everything();
    await opening;
    await this.people.come();
    await world.everything();
  }

  /** Legal time moves on; each service knows it when it has heard of it. */
  async days(days: number): Promise<void> {
    this.#scene.books.legal += days * DAY_MS;
    this.#scene.note(`${String(days)} days pass`);
    await this.moveClock();
  }

  /** Who is being erased is, and then every floor ends. */
  async passFloors(): Promise<void> {
    this.#scene.note('everything comes to rest');
    await this.#scene.world.everything();
    await this.days(FLOOR_DAYS + 1);
  }

  async moveClock(): Promise<void> {
    const { tenants, clockwork } = this.#scene.world;
    tenants
      .moveClock(this.#scene.tenant, new Date(this.#scene.books.legal), clockwork.now())
      .catch((error: unknown) => {
        // It stands there already, but for what has passed by itself.
        if (codeOf(error) !== 'consent/clock-backwards') this.#scene.heard(`the clock: ${codeOf(error)}`);
      });
    await this.#scene.world.settle();
  }

  async sweep(): Promise<void> {
    try {
      const { ordered, stopped, backupsPurged } = await this.#scene.world.sweeps.sweepTenant(
        this.#scene.tenant,
        this.#scene.world.clockwork.now(),
      );
      this.#scene.note(
        `sweep: ${String(ordered.length)} ordered, ${String(backupsPurged)} purged ${stopped ?? ''}`.trimEnd(),
      );
    } catch (error) {
      this.#scene.note(`sweep: ${codeOf(error)}`);
    }
    await this.#scene.world.settle();
  }

  /** Longer than a lease, with a beat of consent at its end, or without. */
  async minute(): Promise<void> {
    const beats = this.#scene.random.below(2) === 0;
    this.#scene.note(`a minute passes${beats ? '' : ', and consent is silent'}`);
    await this.#scene.world.pass(31_000);
    if (beats) await this.#scene.world.beat();
    await this.#scene.world.settle();
  }

  async repeat(): Promise<void> {
    const service = this.#scene.random.pick(SERVICES);
    const topic = this.#scene.random.pick([
      'lethe.collection',
      'lethe.retention',
      'lethe.erasure.order',
      'lethe.consent',
    ]);
    this.#scene.note(`repeat ${topic} to ${service}`);
    this.#scene.world.log.repeat(`${service} ${topic}/0`);
    await this.#scene.world.settle();
  }

  async rotate(): Promise<void> {
    // Later than the end of any key so far.
    this.#scene.world.clockwork.advance(1);
    try {
      await this.#scene.world.collection.epochs.rotate(this.#scene.world.clockwork.now());
      this.#scene.note('rotate the epoch');
    } catch (error) {
      this.#scene.note(`rotate the epoch: ${codeOf(error)}`);
    }
    const orphans = await this.#scene.world.orphans();
    if (orphans > 0)
      this.#scene.violations.push({
        invariant: 'I34',
        says: `${String(orphans)} keys are wrapped under the key of an epoch that has ended`,
      });
    await this.#scene.world.settle();
  }

  async work(): Promise<void> {
    this.#scene.note('collection works');
    await this.#scene.world.work(this.#scene.tenant);
  }

  async advance(requests: readonly string[]): Promise<void> {
    const request = this.#scene.random.pick(requests);
    const { name } = this.#scene.books.requests.find((one) => one.request === request) ?? { name: 'a request' };
    this.#scene.note(`${name} goes on`);
    await this.#scene.world.advance(request);
  }

  /** Everybody is brought what lies there for him, and does what is left to do; what follows from it waits. */
  async deliverAll(): Promise<void> {
    this.#scene.note('everything is delivered once');
    for (const name of this.#scene.world.log.waiting()) {
      await this.#scene.world.log.deliver(name, ALL);
      await this.#scene.world.settle();
    }
    await this.#scene.world.work(this.#scene.tenant);
  }

  async deliver(names: readonly string[]): Promise<void> {
    const name = this.#scene.random.pick(names);
    const most = this.#scene.random.pick([1, 2, 20, 20]);
    this.#scene.note(`deliver ${name.replace('lethe.', '').replace('/0', '')} ${String(most)}`);
    await this.#scene.world.log.deliver(name, most);
    await this.#scene.world.settle();
  }
}
