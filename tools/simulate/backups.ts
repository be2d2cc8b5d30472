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

  /** Nothing comes of it until another person confirms. */
  async propose(): Promise<void> {
    const { world, random, tenant, books } = this.#scene;
    const of = random.pick(books.backups);
    // Mostly of a backup that is whole.
    if (random.below(4) > 0) await world.everything();
    try {
      const { restore } = await world.restores.propose({ tenant, sub: 'lethe#ana' }, of.backup);
      const name = `s${String(books.restores.length + 1)}`;
      books.restores.push({ name, restore, of, state: 'proposed' });
      this.#scene.note(`propose ${name} of ${of.name}`);
    } catch (error) {
      this.#scene.note(`propose a restore of ${of.name}: ${codeOf(error)}`);
    }
    await world.settle();
  }

  /** Rows of the vault go by somebody's hand, some of those in the backup and of those that came later. */
  async lose(): Promise<void> {
    const { world, random, tenant, books } = this.#scene;
    const lost = books.copies.filter(({ stored }) => stored && random.below(2) === 0);
    for (const copy of lost) copy.lost = true;
    await world.look('collection', 'delete from part where tenant = $1 and part = any($2)', [
      tenant,
      lost.map(({ part }) => part),
    ]);
    this.#scene.note(`lose ${lost.map(({ name }) => name).join(', ')}`);
    await world.settle();
  }

  async confirm(): Promise<void> {
    const { world, tenant, books } = this.#scene;
    const restore = books.restores.find(({ state }) => state !== 'over')!;
    const { name } = restore;
    try {
      if (restore.state === 'proposed') restore.state = 'confirming';
      const { state } = await world.restores.confirm({ tenant, sub: 'lethe#ben' }, restore.restore, 0);
      restore.state = 'confirmed';
      this.#scene.note(`confirm ${name}: ${state}`);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'retention/backup-not-whole') restore.state = 'over';
      this.#scene.note(`confirm ${name}: ${code}`);
    }
    await world.settle();
  }

  /** A restore that was confirmed goes on: by one of its turns, or to its end. */
  async restore(): Promise<void> {
    const { world, random, books } = this.#scene;
    const turns = random.pick([1, 2, 3, 20]);
    // What had no key then is not to come back; rows are as the step before has left them.
    if (books.copies.some(({ lost }) => lost)) await books.open();
    this.#scene.note(`a restore goes on by ${String(turns)}`);
    await world.restoreOn(turns);
  }
}
