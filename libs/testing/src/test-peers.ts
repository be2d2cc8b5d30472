import type { Route } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import type { PeerQuestion, Peers } from '@lethe/platform';
import type { z } from 'zod';

/** Peers that answer what a test says. An unanswered question is `unavailable`, as if the peer were down. */
export class TestPeers implements Peers {
  readonly #answers = new Map<string, (question: never) => unknown>();
  /** Every question asked, in order. */
  readonly asked: { readonly route: Route; readonly question: unknown }[] = [];
  /** What `applied` answers, and when. */
  everythingApplied: boolean | Promise<boolean> = true;
  /** What was asked of `applied`, in order. */
  readonly awaited: { readonly service: string; readonly topic: string; readonly slot: number }[] = [];

  answer<Definition extends Route>(
    route: Definition,
    by: (question: PeerQuestion<Definition>) => z.input<Definition['answer']> | Promise<z.input<Definition['answer']>>,
  ): void {
    this.#answers.set(nameOf(route), by);
  }

  async ask<Definition extends Route>(
    route: Definition,
    question: PeerQuestion<Definition>,
  ): Promise<z.output<Definition['answer']>> {
    this.asked.push({ route, question });
    const by = this.#answers.get(nameOf(route));
    if (by === undefined)
      throw new Fault('unavailable', 'platform/peer-unavailable', `${route.service} does not answer`);
    return route.answer.parse(await by(question as never)) as z.output<Definition['answer']>;
  }

  applied(service: string, { topic, slot }: { readonly topic: string; readonly slot: number }): Promise<boolean> {
    this.awaited.push({ service, topic, slot });
    return Promise.resolve(this.everythingApplied);
  }
}

const nameOf = ({ service, method, path }: Route): string => `${service} ${method} ${path}`;
