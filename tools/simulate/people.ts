import { newId } from '@lethe/platform';
import type { Person, Request, Standing } from './books.ts';
import { codeOf, type Scene } from './scene.ts';

const LEASE_MS = 30_000;
/** Every purpose of the pack, with a field and values. */
const PURPOSES = [
  { purpose: 'entry', field: 'face', values: ['round', 'long'] },
  { purpose: 'tips', field: 'taste', values: ['sweet', 'sour'] },
  { purpose: 'ticket', field: 'seat', values: ['1', '2'] },
] as const;
const LEVELS = { entry: 'separate', tips: 'opt-in' } as const;
const NOTICE = '2026-01-01';

/** What people do: they come, give data, agree and withdraw, and want to be forgotten. */
export class People {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** They come, and agree to what they are asked. */
  async come(): Promise<void> {
    const names = ['ana', 'bo', 'cy', 'di', 'eli', 'flo'];
    await Promise.all(names.map((name) => this.#arrive(name)));
    this.#scene.books.people.sort((one, other) => (one.name < other.name ? -1 : 1));
    await this.#act(
      this.#scene.books.people.flatMap((person, nth) => [
        this.#scene.books.standing(person, 'tips'),
        ...(nth < 3 ? [this.#scene.books.standing(person, 'entry')] : []),
      ]),
      'given',
    );
  }

  async #arrive(name: string): Promise<Person> {
    const { subject } = await this.#scene.world.collection.names.subjectOf(this.#scene.tenant, name);
    const person = { name, subject, erasing: false };
    this.#scene.books.people.push(person);
    return person;
  }

  async admit(): Promise<void> {
    const purpose = this.#scene.random.pick(['entry', 'entry', 'tips', 'ticket'] as const);
    const person = this.#scene.random.pick(
      purpose === 'entry' ? this.#scene.books.people.slice(0, 3) : this.#scene.books.people,
    );
    await this.#collect([{ person, purpose, key: newId() }]);
  }

  /** What a law keeps after an erasure, of everybody who may be erased. */
  async admitTickets(): Promise<void> {
    await this.#collect(
      this.#scene.books.people.slice(0, 3).map((person) => ({ person, purpose: 'ticket', key: newId() })),
    );
  }

  /** A cohort that is large enough to be folded. */
  async admitAll(): Promise<void> {
    await this.#collect(
      this.#scene.books.people.slice(0, 6).map((person) => ({ person, purpose: 'tips', key: newId() })),
    );
  }

  /** What was not answered is sent again under its key. */
  async again(): Promise<void> {
    const waiting = this.#scene.books.unanswered.splice(0);
    // What is recorded by now is recorded without it.
    await this.#scene.books.look();
    if (waiting.length > 0) await this.#collect(waiting);
  }

  async #collect(
    all: readonly { readonly person: Person; readonly purpose: string; readonly key: string }[],
  ): Promise<void> {
    const what = all.map(({ person, purpose }) => `${purpose} of ${person.name}`).join(', ');
    const submissions = all.map(({ person, purpose, key }) => {
      const { field, values } = PURPOSES.find((one) => one.purpose === purpose)!;
      return {
        idempotencyKey: key,
        subject: person.subject,
        purpose,
        declarations: [],
        region: 'CN',
        others: [],
        notice: NOTICE,
        fields: { [field]: values[0] },
      };
    });
    const machine = this.#scene.world.clockwork.now().getTime();
    try {
      const { collection } = this.#scene.world;
      const moment = await collection.moment(this.#scene.tenant);
      const answers = await collection.intake.collect(this.#scene.tenant, submissions, moment);
      this.#scene.note(
        `admit ${what}: ${answers.map((answer) => (answer.outcome === 'admitted' ? 'yes' : answer.refusal.code)).join(', ')}`,
      );
      answers.forEach((answer, index) => {
        const { person, purpose } = all[index]!;
        const { endsAt } = this.#scene.books.standing(person, purpose);
        if (answer.outcome === 'admitted' && answer.replayed !== true && endsAt !== undefined && endsAt <= machine)
          this.#scene.violations.push({
            invariant: 'I7',
            says: `${purpose} of ${person.name} was admitted after its withdrawal was answered as effective`,
          });
      });
    } catch (error) {
      this.#scene.note(`admit ${what}: ${codeOf(error)}`);
      this.#scene.books.unanswered.push(...all);
    }
    await this.#scene.world.settle();
  }

  async consent(): Promise<void> {
    const purpose = this.#scene.random.pick(['entry', 'tips'] as const);
    const person = this.#scene.random.pick(this.#scene.books.people.slice(0, 3));
    await this.#act([this.#scene.books.standing(person, purpose)], 'given');
  }

  async withdraw(): Promise<void> {
    const purpose = this.#scene.random.pick(['entry', 'tips'] as const);
    const person = this.#scene.random.pick(this.#scene.books.people.slice(0, 3));
    await this.#act([this.#scene.books.standing(person, purpose)], 'withdrawn');
  }

  /** Who acts is answered when others have applied it; the step does not wait for that. */
  async #act(standings: readonly Standing[], state: 'given' | 'withdrawn'): Promise<void> {
    const { consents, clockwork } = this.#scene.world;
    const what = standings.map(({ person, purpose }) => `${purpose} of ${person.name}`).join(', ');
    this.#scene.note(`${state} ${what}`);
    const marks = standings.map((standing) => {
      standing.acts += 1;
      if (state === 'given') standing.endsAt = undefined;
      else standing.withdrawn = Infinity;
      return standing.acts;
    });
    const level = (purpose: string) => LEVELS[purpose as keyof typeof LEVELS];
    const acting = consents.act(
      this.#scene.tenant,
      standings.map(({ person, purpose }) => ({
        ...{ subject: person.subject, purpose, state, level: level(purpose), notice: NOTICE, confirmed: true },
      })),
      'backend',
      clockwork.now(),
    );
    acting.then(
      (outcomes) =>
        outcomes.forEach((outcome, index) => {
          const standing = standings[index]!;
          this.#scene.heard(`${state} ${standing.purpose} of ${standing.person.name}: ${outcome.outcome}`);
          if (outcome.outcome !== 'effective' && outcome.outcome !== 'accepted') return;
          standing.withdrawn = outcome.version;
          const now = clockwork.now().getTime();
          if (standing.acts === marks[index]) standing.endsAt = outcome.outcome === 'effective' ? now : now + LEASE_MS;
        }),
      (error: unknown) => this.#scene.heard(`${state} ${what}: ${codeOf(error)}`),
    );
    await this.#scene.world.settle();
  }

  async erase(): Promise<void> {
    const person = this.#scene.random.pick(this.#scene.books.people.slice(0, 3));
    const known = this.#scene.books.requests.find((one) => one.person === person && one.request === undefined);
    const request: Request = known ?? {
      name: `r${String(this.#scene.books.requests.length + 1)}`,
      person,
      key: newId(),
    };
    if (known === undefined) this.#scene.books.requests.push(request);
    person.erasing = true;
    await this.ask(request);
  }

  async ask(request: Request): Promise<void> {
    const { erasure, clockwork } = this.#scene.world;
    const { person, key, name } = request;
    try {
      const answer = await erasure.ask(
        { tenant: this.#scene.tenant, role: 'backend', sub: 'lethe#app' },
        {
          ...{ subject: person.subject, kind: 'erasure', ground: 'no-longer-used', idempotencyKey: key },
          identity: { method: 'a-code', verifiedAt: clockwork.now().toISOString() },
        },
      );
      request.request = answer.request;
      if (answer.receipt !== undefined) request.receipt = answer.receipt;
      this.#scene.note(`erase ${person.name} ${name}: ${answer.state}`);
    } catch (error) {
      this.#scene.note(`erase ${person.name} ${name}: ${codeOf(error)}`);
    }
    await this.#scene.world.settle();
  }
}
