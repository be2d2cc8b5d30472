import type { TenantId } from '@lethe/kernel';
import type { RestoresService } from '@lethe/retention';
import type { Activity } from './activity.ts';

/** What retention does for a restore once it is confirmed is nobody's door. */
interface Work {
  go(tenant: TenantId, row: { readonly restore: string }): Promise<void>;
}

/** Restores that were confirmed: they begin, and go on, when a step says so. */
export class Restoring {
  readonly #activity: Activity;
  /** What retention would begin now, by the restore's id. */
  readonly #asked = new Map<string, () => Promise<void>>();

  constructor(activity: Activity) {
    this.#activity = activity;
  }

  /** A process of retention begins: it knows of none until it is asked, or sweeps. */
  takeOver(restores: RestoresService): void {
    this.forget();
    const work = restores as unknown as Work;
    const go = work.go.bind(work);
    work.go = (tenant, row) => {
      this.#asked.set(row.restore, () => go(tenant, row));
      return Promise.resolve();
    };
  }

  /** Whether one could begin or go on. */
  get waits(): boolean {
    return this.#activity.waits || this.#asked.size > 0;
  }

  /** The one that has waited longest takes its next turn; when none is under way, one begins with its first. */
  async goOn(): Promise<void> {
    const [next] = this.#asked;
    if (!this.#activity.waits && next !== undefined) {
      const [restore, begin] = next;
      this.#asked.delete(restore);
      void this.#activity.bySteps(begin);
      await this.#activity.over();
    }
    this.#activity.goOn();
  }

  forget(): void {
    this.#asked.clear();
  }
}
