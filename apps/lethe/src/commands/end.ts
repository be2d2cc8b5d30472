import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { http } from '@lethe/contracts';
import { canonical } from '@lethe/ledger';
import { asking } from '../asking.ts';

interface Options {
  readonly statement?: string;
  readonly json?: boolean;
  readonly target?: string;
  readonly tokenFile?: string;
}

/** How far the end of a tenant is, and what is left; with `--statement` the signed statement of it, and the keys beside it. */
export async function end(tenant: string, options: Options): Promise<void> {
  const ask = asking({ tenant, target: options.target, tokenFile: options.tokenFile }, 'auditor');
  if (options.statement !== undefined) {
    const { document } = await ask(http.EndStatement, {});
    writeFileSync(options.statement, canonical(document));
    const { keys } = await ask(http.LedgerKeys, {});
    writeFileSync(join(dirname(options.statement), 'lethe-keys.json'), JSON.stringify({ keys }));
  }
  const answer = await ask(http.End, {});
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(answer)}\n`);
    return;
  }
  const { left, state } = answer;
  const lines =
    state === undefined
      ? [`${tenant}: nobody has proposed to end it`]
      : [
          `${tenant}: ${state}${answer.stoppedAt === undefined ? '' : `, nothing collected since ${answer.stoppedAt}`}`,
          `parts that go at once: ${String(left.atOnce)}, waiting: ${String(left.waiting)}, kept by a floor: ${String(left.floored)}${answer.lastDay === undefined ? '' : `, the last until ${answer.lastDay}`}`,
          `orders outstanding: ${String(answer.outstanding)}, holds: ${String(answer.holds)}, backups not purged: ${String(answer.backups)}`,
        ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
