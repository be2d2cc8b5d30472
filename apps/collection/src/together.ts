import type { TenantId } from '@lethe/kernel';

interface Waiting<Asked, Answer> {
  readonly asked: Asked;
  readonly answer: (answer: Answer) => void;
  readonly fail: (error: unknown) => void;
}

/** Questions that are answered at once, at most. */
const AT_ONCE = 500;

/**
 * What is asked while others are being answered is answered together, by one piece of work that begins after the last of them
 * was asked. Who asks alone waits for nobody. Tenants never wait for each other; what fails fails for all who were together.
 */
export class Together<Asked, Answer> {
  private readonly waiting = new Map<TenantId, Waiting<Asked, Answer>[]>();

  /** @param work the answers, in the order asked @param size how many questions one of them counts as */
  constructor(
    private readonly work: (tenant: TenantId, asked: readonly Asked[]) => Promise<readonly Answer[]>,
    private readonly size: (asked: Asked) => number = () => 1,
  ) {}

  ask(tenant: TenantId, asked: Asked): Promise<Answer> {
    return new Promise((answer, fail) => {
      const queue = this.waiting.get(tenant);
      const one = { asked, answer, fail };
      if (queue !== undefined) queue.push(one);
      else {
        this.waiting.set(tenant, [one]);
        void this.answerAll(tenant);
      }
    });
  }

  private async answerAll(tenant: TenantId): Promise<void> {
    const queue = this.waiting.get(tenant)!;
    while (queue.length > 0) {
      const together: Waiting<Asked, Answer>[] = [];
      for (let count = 0; queue.length > 0 && (together.length === 0 || count < AT_ONCE);) {
        const next = queue.shift()!;
        together.push(next);
        count += this.size(next.asked);
      }
      try {
        const answers = await this.work(
          tenant,
          together.map(({ asked }) => asked),
        );
        together.forEach(({ answer }, index) => answer(answers[index]!));
      } catch (error) {
        for (const { fail } of together) fail(error);
      }
    }
    this.waiting.delete(tenant);
  }
}
