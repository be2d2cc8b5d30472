import { describe, expect, test } from '@jest/globals';
import { Restatements } from './restating.ts';

const TOPIC = 'lethe.consent';

/** A producer whose slot has a head, and whose statements a test lets end. */
class Producer {
  head = 10;
  made = 0;
  readonly #ends: (() => void)[] = [];
  readonly restatements = new Restatements(
    {
      service: 'consent',
      slots: 4,
      head: () => Promise.resolve(this.head),
      numberOf: (event, _) => Promise.resolve({ topic: TOPIC, slot: 0, number: Number(event), incarnation: 'one' }),
    },
    {
      restate: async () => {
        this.made += 1;
        await new Promise<void>((resolve) => this.#ends.push(resolve));
        this.head += 5;
        return String(this.head);
      },
    },
  );

  ask = (beyond?: number): Promise<number> => this.restatements.state(TOPIC, 0, beyond);
  /** Lets the statement under way end, once it has begun. */
  async end(): Promise<void> {
    while (this.#ends.length === 0) await new Promise((resolve) => setImmediate(resolve));
    this.#ends.shift()?.();
  }
}

describe('a statement', () => {
  test('serves everyone who asks while it is being made, if all of it stands beyond what they went through', async () => {
    const producer = new Producer();
    const asked = [producer.ask(9), producer.ask(10)];
    await producer.end();
    expect(await Promise.all(asked)).toEqual([15, 15]);
    expect(producer.made).toBe(1);
  });

  test('serves who asks again because it took too long', async () => {
    const producer = new Producer();
    const first = producer.ask(10);
    await producer.end();
    await first;
    expect(await producer.ask(10)).toBe(15);
    expect(producer.made).toBe(1);
  });

  test('that began within what somebody has lost is none for them: they get one of their own', async () => {
    const producer = new Producer();
    const first = producer.ask(10);
    const second = producer.ask(12);
    await producer.end();
    expect(await first).toBe(15);
    await producer.end();
    expect(await second).toBe(20);
    expect(producer.made).toBe(2);
  });

  test('is made anew for who asks for what stands now', async () => {
    const producer = new Producer();
    const first = producer.ask(10);
    await producer.end();
    await first;
    const second = producer.ask();
    await producer.end();
    expect(await second).toBe(20);
  });
});

test('one that failed is tried again when somebody asks again', async () => {
  let failures = 1;
  const restatements = new Restatements(
    {
      service: 'consent',
      slots: 4,
      head: () => Promise.resolve(0),
      numberOf: () => Promise.resolve({ topic: TOPIC, slot: 0, number: 3, incarnation: 'one' }),
    },
    { restate: () => (failures-- > 0 ? Promise.reject(new Error('down')) : Promise.resolve('event')) },
  );
  await expect(restatements.state(TOPIC, 0, 0)).rejects.toThrow('down');
  expect(await restatements.state(TOPIC, 0, 0)).toBe(3);
});

test('facts and orders of a slot are stated apart; where there is nothing to say, what was said before is all there is', async () => {
  const restatements = new Restatements(
    {
      service: 'consent',
      slots: 4,
      head: () => Promise.resolve(7),
      numberOf: (event) => Promise.resolve({ topic: TOPIC, slot: 0, number: Number(event), incarnation: 'one' }),
    },
    { restate: () => Promise.resolve('12'), restateOrders: () => Promise.resolve(undefined) },
  );
  expect(await restatements.state(TOPIC, 0, 5)).toBe(12);
  expect(await restatements.state(`${TOPIC}.order`, 0, 5)).toBe(7);
  await expect(restatements.state('lethe.retention', 0, 5)).rejects.toMatchObject({ kind: 'missing' });
});
