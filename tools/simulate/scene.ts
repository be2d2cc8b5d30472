import { Fault, type TenantId } from '@lethe/kernel';
import type { Books } from './books.ts';
import type { Violation } from './checks.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** The code of a fault that a door answered with. @throws what is none: a deed that fails otherwise ends its seed */
export const codeOf = (error: unknown): string => {
  if (error instanceof Fault) return error.code;
  throw error;
};

/** Where the deeds of one seed are done, and what is told of them. */
export class Scene {
  readonly trace: string[] = [];
  readonly violations: Violation[] = [];
  readonly world: World;
  readonly random: Random;
  readonly tenant: TenantId;
  readonly books: Books;
  readonly #answers: string[] = [];

  constructor(world: World, random: Random, tenant: TenantId, books: Books) {
    this.world = world;
    this.random = random;
    this.tenant = tenant;
    this.books = books;
  }

  note(line: string): void {
    this.trace.push(line);
  }

  /** An answer that came while a step went on: which of several came first is chance, and not the seed's. */
  heard(line: string): void {
    this.#answers.push(`  ${line}`);
  }

  /** The answers of the step that is over. */
  hear(): void {
    this.trace.push(...this.#answers.splice(0).sort());
  }
}
