import { newId } from '@lethe/platform';
import { Fault, type TenantId } from '@lethe/kernel';
import type { Books, Hold, Person, Request, Standing } from './books.ts';
import type { Violation } from './checks.ts';
import type { Random } from './random.ts';
import { SERVICES } from './house.ts';
import type { World } from './world.ts';

const DAY_MS = 86_400_000;
const LEASE_MS = 30_000;
/** In one delivery, where nobody cares how many. */
const ALL = 500;
/** Every purpose of the pack, with a field and values. */
const PURPOSES = [
  { purpose: 'entry', field: 'face', values: ['round', 'long'] },
  { purpose: 'tips', field: 'taste', values: ['sweet', 'sour'] },
  { purpose: 'ticket', field: 'seat', values: ['1', '2'] },
] as const;
const LEVELS = { entry: 'separate', tips: 'opt-in' } as const;
const NOTICE = '2026-01-01';

const codeOf = (error: unknown): string => {
  if (error instanceof Fault) return error.code;
  throw error;
};

/** What people, officers, clocks and the machine do in one seed, each deed one step. */
export class Deeds {
  readonly trace: string[] = [];
  readonly violations: Violation[] = [];
  readonly #world: World;
  readonly #random: Random;
  readonly #tenant: TenantId;
  readonly #books: Books;
  readonly #answers: string[] = [];

  constructor(world: World, random: Random, tenant: TenantId, books: Books) {
    this.#world = world;
    this.#random = random;
    this.#tenant = tenant;
    this.#books = books;
  }

  note(line: string): void {
    this.trace.push(line);
  }

  /** An answer that came while a step went on: which of several came first is chance, and not the seed's. */
  #heard(line: string): void {
    this.#answers.push(`  ${line}`);
  }

  /** The answers of the step that is over. */
  hear(): void {
    this.trace.push(...this.#answers.splice(0).sort());
  }

  /** The tenant, its people and what they agree to. */
  async open(startAt: number): Promise<void> {
    const { tenants, clockwork } = this.#world;
    await this.#world.beat();
    const opening = tenants.open({ tenant: this.#tenant, pack: 'fair', startAt: new Date(startAt) }, clockwork.now());
    await this.#world.everything();
    await opening;
    const names = ['ana', 'bo', 'cy', 'di', 'eli', 'flo'];
    await Promise.all(names.map((name) => this.#arrive(name)));
    this.#books.people.sort((one, other) => (one.name < other.name ? -1 : 1));
    await this.#act(
      this.#books.people.flatMap((person, nth) => [
        this.#books.standing(person, 'tips'),
        ...(nth < 3 ? [this.#books.standing(person, 'entry')] : []),
      ]),
      'given',
    );
    await this.#world.everything();
  }

  async #arrive(name: string): Promise<Person> {
    const { subject } = await this.#world.collection.names.subjectOf(this.#tenant, name);
    const person = { name, subject, erasing: false };
    this.#books.people.push(person);
    return person;
  }

  async admit(): Promise<void> {
    const purpose = this.#random.pick(['entry', 'entry', 'tips', 'ticket'] as const);
    const person = this.#random.pick(purpose === 'entry' ? this.#books.people.slice(0, 3) : this.#books.people);
    await this.#collect([{ person, purpose, key: newId() }]);
  }

  /** What a law keeps after an erasure, of everybody who may be erased. */
  async admitTickets(): Promise<void> {
    await this.#collect(this.#books.people.slice(0, 3).map((person) => ({ person, purpose: 'ticket', key: newId() })));
  }

  /** A cohort that is large enough to be folded. */
  async admitAll(): Promise<void> {
    await this.#collect(this.#books.people.slice(0, 6).map((person) => ({ person, purpose: 'tips', key: newId() })));
  }

  /** What was not answered is sent again under its key. */
  async again(): Promise<void> {
    const waiting = this.#books.unanswered.splice(0);
    // What is recorded by now is recorded without it.
    await this.#books.look();
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
    const machine = this.#world.clockwork.now().getTime();
    try {
      const { collection } = this.#world;
      const moment = await collection.moment(this.#tenant);
      const answers = await collection.intake.collect(this.#tenant, submissions, moment);
      this.note(
        `admit ${what}: ${answers.map((answer) => (answer.outcome === 'admitted' ? 'yes' : answer.refusal.code)).join(', ')}`,
      );
      answers.forEach((answer, index) => {
        const { person, purpose } = all[index]!;
        const { endsAt } = this.#books.standing(person, purpose);
        if (answer.outcome === 'admitted' && answer.replayed !== true && endsAt !== undefined && endsAt <= machine)
          this.violations.push({
            invariant: 'I7',
            says: `${purpose} of ${person.name} was admitted after its withdrawal was answered as effective`,
          });
      });
    } catch (error) {
      this.note(`admit ${what}: ${codeOf(error)}`);
      this.#books.unanswered.push(...all);
    }
    await this.#world.settle();
  }

  async consent(): Promise<void> {
    const purpose = this.#random.pick(['entry', 'tips'] as const);
    const person = this.#random.pick(this.#books.people.slice(0, 3));
    await this.#act([this.#books.standing(person, purpose)], 'given');
  }

  async withdraw(): Promise<void> {
    const purpose = this.#random.pick(['entry', 'tips'] as const);
    const person = this.#random.pick(this.#books.people.slice(0, 3));
    await this.#act([this.#books.standing(person, purpose)], 'withdrawn');
  }

  /** Who acts is answered when others have applied it; the step does not wait for that. */
  async #act(standings: readonly Standing[], state: 'given' | 'withdrawn'): Promise<void> {
    const { consents, clockwork } = this.#world;
    const what = standings.map(({ person, purpose }) => `${purpose} of ${person.name}`).join(', ');
    this.note(`${state} ${what}`);
    const marks = standings.map((standing) => {
      standing.acts += 1;
      if (state === 'given') standing.endsAt = undefined;
      else standing.withdrawn = Infinity;
      return standing.acts;
    });
    const level = (purpose: string) => LEVELS[purpose as keyof typeof LEVELS];
    const acting = consents.act(
      this.#tenant,
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
          this.#heard(`${state} ${standing.purpose} of ${standing.person.name}: ${outcome.outcome}`);
          if (outcome.outcome !== 'effective' && outcome.outcome !== 'accepted') return;
          standing.withdrawn = outcome.version;
          const now = clockwork.now().getTime();
          if (standing.acts === marks[index]) standing.endsAt = outcome.outcome === 'effective' ? now : now + LEASE_MS;
        }),
      (error: unknown) => this.#heard(`${state} ${what}: ${codeOf(error)}`),
    );
    await this.#world.settle();
  }

  async hold(): Promise<void> {
    const person = this.#random.pick(this.#books.people.slice(0, 3));
    const { clockwork, holds } = this.#world;
    const hold: Hold = { name: `h${String(this.#books.holds.length + 1)}`, person, state: 'placing' };
    this.#books.holds.push(hold);
    this.note(`hold ${hold.name} on ${person.name}`);
    holds
      .place(
        { tenant: this.#tenant, sub: 'lethe#ana' },
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
          this.#heard(`${hold.name}: in force, keeps ${String(answer.parts)}`);
        },
        (error: unknown) => {
          const code = codeOf(error);
          if (code === 'retention/too-late') hold.state = 'refused';
          this.#heard(`${hold.name}: ${code}`);
        },
      );
    await this.#world.settle();
  }

  async release(): Promise<void> {
    const inForce = this.#books.holds.filter(({ state }) => state === 'in-force');
    const hold = this.#random.pick(inForce);
    await this.#release(hold);
  }

  async #release(hold: Hold): Promise<void> {
    hold.state = 'releasing';
    try {
      const { holds, clockwork } = this.#world;
      await holds.release({ tenant: this.#tenant, sub: 'lethe#ben' }, hold.hold!, clockwork.now());
      hold.state = 'released';
      this.note(`release ${hold.name}`);
    } catch (error) {
      this.note(`release ${hold.name}: ${codeOf(error)}`);
    }
    await this.#world.settle();
  }

  /** Of what was not answered retention is asked what became of it. A hold that it does not know was never placed. */
  async askAboutHolds(): Promise<void> {
    const { holds } = this.#books;
    const all = (await this.#world.holds.all(this.#tenant)).holds;
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
    for (const hold of this.#books.holds)
      if (hold.hold !== undefined && hold.state !== 'refused' && hold.state !== 'released') await this.#release(hold);
  }

  async erase(): Promise<void> {
    const person = this.#random.pick(this.#books.people.slice(0, 3));
    const known = this.#books.requests.find((one) => one.person === person && one.request === undefined);
    const request: Request = known ?? {
      name: `r${String(this.#books.requests.length + 1)}`,
      person,
      key: newId(),
    };
    if (known === undefined) this.#books.requests.push(request);
    person.erasing = true;
    await this.ask(request);
  }

  async ask(request: Request): Promise<void> {
    const { erasure, clockwork } = this.#world;
    const { person, key, name } = request;
    try {
      const answer = await erasure.ask(
        { tenant: this.#tenant, role: 'backend', sub: 'lethe#app' },
        {
          ...{ subject: person.subject, kind: 'erasure', ground: 'no-longer-used', idempotencyKey: key },
          identity: { method: 'a-code', verifiedAt: clockwork.now().toISOString() },
        },
      );
      request.request = answer.request;
      if (answer.receipt !== undefined) request.receipt = answer.receipt;
      this.note(`erase ${person.name} ${name}: ${answer.state}`);
    } catch (error) {
      this.note(`erase ${person.name} ${name}: ${codeOf(error)}`);
    }
    await this.#world.settle();
  }

  /** Legal time moves on; each service knows it when it has heard of it. */
  async days(days: number): Promise<void> {
    this.#books.legal += days * DAY_MS;
    this.note(`${String(days)} days pass`);
    await this.moveClock();
  }

  async moveClock(): Promise<void> {
    const { tenants, clockwork } = this.#world;
    tenants.moveClock(this.#tenant, new Date(this.#books.legal), clockwork.now()).catch((error: unknown) => {
      // It stands there already, but for what has passed by itself.
      if (codeOf(error) !== 'consent/clock-backwards') this.#heard(`the clock: ${codeOf(error)}`);
    });
    await this.#world.settle();
  }

  async sweep(): Promise<void> {
    try {
      const { ordered, stopped, backupsPurged } = await this.#world.sweeps.sweepTenant(
        this.#tenant,
        this.#world.clockwork.now(),
      );
      this.note(`sweep: ${String(ordered.length)} ordered, ${String(backupsPurged)} purged ${stopped ?? ''}`.trimEnd());
    } catch (error) {
      this.note(`sweep: ${codeOf(error)}`);
    }
    await this.#world.settle();
  }

  /** Longer than a lease, with a beat of consent at its end, or without. */
  async minute(): Promise<void> {
    const beats = this.#random.below(2) === 0;
    this.note(`a minute passes${beats ? '' : ', and consent is silent'}`);
    await this.#world.pass(31_000);
    if (beats) await this.#world.beat();
    await this.#world.settle();
  }

  async repeat(): Promise<void> {
    const service = this.#random.pick(SERVICES);
    const topic = this.#random.pick(['lethe.collection', 'lethe.retention', 'lethe.erasure.order', 'lethe.consent']);
    this.note(`repeat ${topic} to ${service}`);
    this.#world.log.repeat(`${service} ${topic}/0`);
    await this.#world.settle();
  }

  async backUp(): Promise<void> {
    try {
      const { backup } = await this.#world.backups.take(this.#tenant, { waitMs: 0 }, this.#world.clockwork.now());
      const name = `b${String(this.#books.backups.length + 1)}`;
      this.#books.backups.push({ name, backup });
      this.note(`back up ${name}`);
    } catch (error) {
      this.note(`back up: ${codeOf(error)}`);
    }
    await this.#world.settle();
  }

  async restore(): Promise<void> {
    const { name, backup } = this.#random.pick(this.#books.backups);
    const { restores } = this.#world;
    // Mostly of a backup that is whole.
    if (this.#random.below(4) > 0) await this.#world.everything();
    try {
      const { restore } = await restores.propose({ tenant: this.#tenant, sub: 'lethe#ana' }, backup);
      await restores.confirm({ tenant: this.#tenant, sub: 'lethe#ben' }, restore, 0);
      await restores.idle();
      const done = await restores.state(this.#tenant, restore, 0);
      if (done.state === 'restored') {
        const { restored, dropped, unrecoverable } = done;
        this.#books.restores += 1;
        this.note(
          `restore ${name}: ${String(restored)} back, ${String(dropped)} dropped, ${String(unrecoverable)} lost`,
        );
      } else this.note(`restore ${name}: ${done.state === 'failed' ? done.code : done.state}`);
    } catch (error) {
      this.note(`restore ${name}: ${codeOf(error)}`);
    }
    await this.#world.settle();
  }

  async rotate(): Promise<void> {
    // Later than the end of any key so far.
    this.#world.clockwork.advance(1);
    try {
      await this.#world.collection.epochs.rotate(this.#world.clockwork.now());
      this.note('rotate the epoch');
    } catch (error) {
      this.note(`rotate the epoch: ${codeOf(error)}`);
    }
    const orphans = await this.#world.orphans();
    if (orphans > 0)
      this.violations.push({
        invariant: 'I34',
        says: `${String(orphans)} keys are wrapped under the key of an epoch that has ended`,
      });
    await this.#world.settle();
  }

  async work(): Promise<void> {
    this.note('collection works');
    await this.#world.work(this.#tenant);
  }

  async advance(requests: readonly string[]): Promise<void> {
    const request = this.#random.pick(requests);
    const { name } = this.#books.requests.find((one) => one.request === request) ?? { name: 'a request' };
    this.note(`${name} goes on`);
    await this.#world.advance(request);
  }

  /** Everybody is brought what lies there for him, and does what is left to do; what follows from it waits. */
  async deliverAll(): Promise<void> {
    this.note('everything is delivered once');
    for (const name of this.#world.log.waiting()) {
      await this.#world.log.deliver(name, ALL);
      await this.#world.settle();
    }
    await this.#world.work(this.#tenant);
  }

  async deliver(names: readonly string[]): Promise<void> {
    const name = this.#random.pick(names);
    const most = this.#random.pick([1, 2, 20, 20]);
    this.note(`deliver ${name.replace('lethe.', '').replace('/0', '')} ${String(most)}`);
    await this.#world.log.deliver(name, most);
    await this.#world.settle();
  }
}
