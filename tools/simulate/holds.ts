import type { Hold } from './books.ts';
import { codeOf, type Scene } from './scene.ts';

/** What officers do about holds. */
export class Holds {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  async hold(): Promise<void> {
    const person = this.#scene.random.pick(this.#scene.books.people.slice(0, 3));
    const { clockwork, holds } = this.#scene.world;
    const hold: Hold = { name: `h${String(this.#scene.books.holds.length + 1)}`, person, state: 'placing' };
    this.#scene.books.holds.push(hold);
    this.#scene.note(`hold ${hold.name} on ${person.name}`);
    holds
      .place(
        { tenant: this.#scene.tenant, sub: 'lethe#ana' },
        {
          scope: { kind: 'subject', subject: person.subject },
          reason: 'a-dispute',
          authority: 'a-court',
          reviewOn: '2040-01-01',
        },
        clockwork.now(),
      )
      .then(
        (answer) => {
          hold.hold = answer.hold;
          // One whose release was asked for meanwhile is not in force, and keeps nothing.
          if (hold.state === 'placing') {
            hold.parts = answer.parts;
            hold.state = 'in-force';
          }
          this.#scene.heard(`${hold.name}: in force, keeps ${String(answer.parts)}`);
        },
        (error: unknown) => {
          const code = codeOf(error);
          if (code === 'retention/too-late') hold.state = 'refused';
          this.#scene.heard(`${hold.name}: ${code}`);
        },
      );
    await this.#scene.world.settle();
  }

  async release(): Promise<void> {
    const inForce = this.#scene.books.holds.filter(({ state }) => state === 'in-force');
    const hold = this.#scene.random.pick(inForce);
    await this.#release(hold);
  }

  async #release(hold: Hold): Promise<void> {
    hold.state = 'releasing';
    try {
      const { holds, clockwork } = this.#scene.world;
      await holds.release({ tenant: this.#scene.tenant, sub: 'lethe#ben' }, hold.hold!, clockwork.now());
      hold.state = 'released';
      this.#scene.note(`release ${hold.name}`);
    } catch (error) {
      this.#scene.note(`release ${hold.name}: ${codeOf(error)}`);
    }
    await this.#scene.world.settle();
  }

  /** Of what was not answered retention is asked what became of it. A hold that it does not know was never placed. */
  async askAboutHolds(): Promise<void> {
    const { holds } = this.#scene.books;
    const all = (await this.#scene.world.holds.all(this.#scene.tenant)).holds;
    for (const hold of holds.filter(({ state }) => state === 'placing' || state === 'releasing')) {
      const known = all.find(({ hold: id, scope }) =>
        hold.hold === undefined
          ? holds.every((other) => other.hold !== id) &&
            scope.kind === 'subject' &&
            scope.subject === hold.person.subject
          : id === hold.hold,
      );
      if (known === undefined) hold.state = 'refused';
      else {
        hold.hold = known.hold;
        if (known.state === 'too-late') hold.state = 'refused';
        else if (known.state !== 'placing') hold.state = known.state;
      }
    }
  }

  async releaseAll(): Promise<void> {
    await this.askAboutHolds();
    for (const hold of this.#scene.books.holds)
      if (hold.hold !== undefined && hold.state !== 'refused' && hold.state !== 'released') await this.#release(hold);
  }
}
