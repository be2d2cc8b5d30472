import type { http } from '@lethe/contracts';
import { Fault, type TenantId } from '@lethe/kernel';
import { type Cell, evidenceDisposal, judgeRelease } from '@lethe/policy';
import type { z } from 'zod';
import { refusalAnswer } from './intake.ts';
import type { Moment, Room } from './room.ts';
import { DisposalStore } from './store/disposal.store.ts';
import { IntakeStore } from './store/intake.store.ts';

type Question = z.output<(typeof http.ReleaseCells)['body'] & object>;

/** Hands out anonymized results for use outside: verdict, cells and evidence are one transaction. */
export class Releasing {
  constructor(private readonly room: Room) {}

  /** @throws Fault `invalid` for a class that the policy does not anonymize */
  async release(
    tenant: TenantId,
    actor: string,
    { class: name, from, to }: Question,
    at: Moment,
  ): Promise<z.input<typeof http.ReleaseCells.answer>> {
    const { context } = this.room;
    const pack = await context.packs.pack(tenant);
    if (pack.classes.get(name)?.ladder === undefined)
      throw new Fault('invalid', 'collection/not-anonymized', 'the policy anonymizes no class of this name', 'class');
    return context.database.within(tenant, async (sql) => {
      const cells = (await new DisposalStore(sql, tenant).cells(name)).filter(
        ({ cohort }) => (from === undefined || cohort >= from) && (to === undefined || cohort <= to),
      );
      const { risk, threshold, refusal } = judgeRelease(pack, name, cells);
      await new IntakeStore(sql, tenant).addOpening(
        {
          opening: context.newId(),
          actor,
          kind: 'release',
          parts: [],
          fields: namesIn(cells),
          refused: refusal === undefined ? 0 : 1,
        },
        at.legal,
        evidenceDisposal(pack, at.legal),
      );
      return refusal === undefined
        ? { risk, threshold, cells }
        : { risk, threshold, refusal: refusalAnswer(refusal), cells: [] };
    });
  }
}

/** What the cells say something of: their dimensions, and the measures that are not withheld. */
const namesIn = (cells: readonly Cell[]): string[] => {
  const told = ({ measures }: Cell) =>
    Object.entries(measures).flatMap(([name, each]) => ('sum' in each ? [name] : []));
  return [...new Set(cells.flatMap((cell) => [...Object.keys(cell.dimensions), ...told(cell)]))].sort();
};
