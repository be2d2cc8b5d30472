import { events, type Envelope } from '@lethe/contracts';
import { Fault, type PartId } from '@lethe/kernel';
import { held, of } from './checks.ts';
import type { Copy } from './books.ts';
import { crashed } from './life.ts';
import type { Scene } from './scene.ts';

/**
 * What must hold at the very moment at which an end is told, while the service that tells it has done nothing else yet: no key opens
 * anything of what it is about, and no door hands it out, though rows still lie (I22, I35).
 */
export class Moments {
  readonly #scene: Scene;
  /** How many of these moments there were that something was to be seen of. */
  looked = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  async look(event: Envelope): Promise<void> {
    const { world, tenant, books } = this.#scene;
    if (event.tenant !== tenant) return;
    const about = (await world.activity.outside(() => this.#about(event))).filter((copy) => !held(books, copy));
    if (about.length === 0) return;
    this.looked += 1;
    const items = about.map(({ item }) => item);
    const outcomes = await world.activity.outside(() => world.keyring.sealer.open(tenant, items));
    this.#find(
      'I35',
      about.filter((_, index) => outcomes[index]!.reason === undefined),
      `opens when ${event.type} is told`,
    );
    this.#find('I22', await this.#readable(about), `is handed out when ${event.type} is told`);
    if (event.type !== events.ErasureCertifiedV1.type) return;
    const left = await world.activity.outside(() =>
      world.look<{ part: string }>('collection', 'select part from part where tenant = $1 and part = any($2)', [
        tenant,
        about.map(({ part }) => part),
      ]),
    );
    this.#find(
      'I22',
      about.filter((copy) => left.some(({ part }) => part === copy.part)),
      'is stored when its erasure is certified',
    );
  }

  #find(invariant: string, copies: readonly Copy[], says: string): void {
    this.#scene.violations.push(...copies.map(of(invariant, () => says)));
  }

  /** The copies that an event says are dead. */
  async #about({ type, data, subject }: Envelope): Promise<Copy[]> {
    const { world, tenant, books } = this.#scene;
    if (type === events.DisposalEffectiveV1.type) {
      const { class: name, day } = data as Envelope<typeof events.DisposalEffectiveV1>['data'];
      return books.copies.filter((copy) => copy.class === name && copy.dated === day);
    }
    const theirs = books.copies.filter(({ person }) => person.subject === subject);
    // What a law keeps lies on beside the certificate.
    if (type === events.ErasureCertifiedV1.type) return theirs.filter(({ purpose }) => purpose !== 'ticket');
    const { entry, compartments } = data as Envelope<typeof events.SubjectShreddedV1>['data'];
    const [shred] = await world.look<{ version: number | null }>(
      'collection',
      'select consent_version as version from shred where tenant = $1 and entry = $2',
      [tenant, entry],
    );
    const version = shred?.version ?? Infinity;
    return theirs.filter(
      ({ item, consentVersion }) => compartments.includes(item.compartment) && consentVersion <= version,
    );
  }

  /** Which of them somebody is given who asks for them at the door, by purpose or as the person. */
  async #readable(about: readonly Copy[]): Promise<Copy[]> {
    const { world, tenant } = this.#scene;
    const { collection } = world;
    const given = new Set<string>();
    try {
      const moment = await collection.moment(tenant);
      for (const [purpose, copies] of Map.groupBy(about, ({ purpose }) => purpose)) {
        const asked = { purpose, use: 'serving', parts: copies.map(({ part }) => part as PartId) };
        for (const { part } of (await collection.opening.open(tenant, 'lethe#app', asked, moment)).opened)
          given.add(part);
      }
      const { subject } = about[0]!.person;
      for (const { part } of (await collection.opening.access(tenant, 'lethe#app', subject, moment)).parts)
        given.add(part);
    } catch (error) {
      // It has crashed as it told of it, and nobody reads anything there.
      if (!(error instanceof Fault && error.code === crashed().code)) throw error;
    }
    return about.filter(({ part }) => given.has(part));
  }
}
