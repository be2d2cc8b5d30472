import { codeOf, type Scene } from './scene.ts';

/** Backups, and the way back from one. */
export class Backups {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  async backUp(): Promise<void> {
    try {
      const { backup } = await this.#scene.world.backups.take(
        this.#scene.tenant,
        { waitMs: 0 },
        this.#scene.world.clockwork.now(),
      );
      const name = `b${String(this.#scene.books.backups.length + 1)}`;
      this.#scene.books.backups.push({ name, backup });
      this.#scene.note(`back up ${name}`);
    } catch (error) {
      this.#scene.note(`back up: ${codeOf(error)}`);
    }
    await this.#scene.world.settle();
  }

  async restore(): Promise<void> {
    const { name, backup } = this.#scene.random.pick(this.#scene.books.backups);
    const { restores } = this.#scene.world;
    // Mostly of a backup that is whole.
    if (this.#scene.random.below(4) > 0) await this.#scene.world.everything();
    try {
      const { restore } = await restores.propose({ tenant: this.#scene.tenant, sub: 'lethe#ana' }, backup);
      await restores.confirm({ tenant: this.#scene.tenant, sub: 'lethe#ben' }, restore, 0);
      await restores.idle();
      const done = await restores.state(this.#scene.tenant, restore, 0);
      if (done.state === 'restored') {
        const { restored, dropped, unrecoverable } = done;
        this.#scene.books.restores += 1;
        this.#scene.note(
          `restore ${name}: ${String(restored)} back, ${String(dropped)} dropped, ${String(unrecoverable)} lost`,
        );
      } else this.#scene.note(`restore ${name}: ${done.state === 'failed' ? done.code : done.state}`);
    } catch (error) {
      this.#scene.note(`restore ${name}: ${codeOf(error)}`);
    }
    await this.#scene.world.settle();
  }
}
