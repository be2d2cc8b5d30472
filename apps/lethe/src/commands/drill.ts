import Table from 'cli-table3';
import { http } from '@lethe/contracts';
import type { z } from 'zod';
import { askingEach, type Ask } from '../asking.ts';

interface Options {
  readonly json?: boolean;
  readonly target?: string;
  readonly tokenFile?: string;
}

type Piece = z.output<typeof http.keyringPiece> | 'ledger';

/** One piece of an installation, and what its loss would mean for one tenant. */
export interface Loss {
  readonly tenant: string;
  readonly piece: Piece;
  /** It is there now, and opens what it should. */
  readonly present: boolean;
  /** Of a missing one: code of the fault with which collection would end if it were started again now. */
  readonly restart?: string;
  readonly lost: { readonly parts: number; readonly people: number; readonly backups: number };
  readonly means: string;
  /** What to do then, under docs/runbooks. */
  readonly runbook: string;
}

const MEANS: Readonly<Record<Piece, { readonly means: string; readonly runbook: string }>> = {
  root: { means: 'no copy of an epoch key opens any more', runbook: 'lost-root.md' },
  'first-slot': { means: 'the other copy serves, and this one is written anew', runbook: 'lost-keyring-copy.md' },
  'second-slot': { means: 'the other copy serves, and this one is written anew', runbook: 'lost-keyring-copy.md' },
  'both-slots': { means: 'the keyring is there and opens nothing', runbook: 'lost-keyring-copy.md' },
  'keyring-cluster': {
    means: 'every key is gone; a standby or a snapshot of this epoch serves',
    runbook: 'lost-keyring-copy.md',
  },
  'kept-keys': { means: 'what a hold or floor keeps beyond its day opens no more', runbook: 'lost-keyring-copy.md' },
  'backup-keys': { means: 'no backup opens any more; what lives is untouched', runbook: 'restore.md' },
  ledger: {
    means: 'no backup can be restored safely, and no certificate is issued; what lives is untouched',
    runbook: 'restore.md',
  },
};

/** What collection cannot start without. */
const STARTED_BY: readonly Piece[] = ['root', 'both-slots'];

/**
 * What losing each piece would mean, of these tenants. Exit 0 where every piece is there, 1 where one is missing now.
 * @param tenants absent: all that are open, in development
 */
export async function drill(tenants: readonly string[], options: Options): Promise<void> {
  const all: Loss[] = [];
  for (const { tenant, ask } of await askingEach(tenants, options)) all.push(...(await lossesOf(tenant, ask)));
  process.stdout.write(options.json === true ? `${JSON.stringify(all)}\n` : `${tableOf(all)}\n`);
  process.exitCode = all.every(({ present }) => present) ? 0 : 1;
}

async function lossesOf(tenant: string, ask: Ask): Promise<Loss[]> {
  const [{ pieces, restart }, { backups }, ledger] = await Promise.all([
    ask(http.KeyringDrill, {}),
    ask(http.Backups, {}),
    ask(http.LedgerKeys, {}).then(
      () => true,
      () => false,
    ),
  ]);
  const restorable = backups.filter(({ state }) => state !== 'purged' && state !== 'purging').length;
  const rows: Omit<Loss, 'tenant' | 'means' | 'runbook'>[] = [
    ...pieces.map((piece) => ({
      ...piece,
      ...(piece.present || restart === undefined || !STARTED_BY.includes(piece.piece) ? {} : { restart }),
    })),
    { piece: 'ledger', present: ledger, lost: { parts: 0, people: 0, backups: restorable } },
  ];
  return rows.map((row) => ({ tenant, ...row, ...MEANS[row.piece] }));
}

function tableOf(losses: readonly Loss[]): string {
  if (losses.length === 0) return 'nobody is there';
  const table = new Table({
    head: ['tenant', 'piece', 'now', 'parts', 'people', 'backups', 'means', 'runbook'],
    style: { head: [], border: [] },
  });
  for (const { tenant, piece, present, restart, lost, means, runbook } of losses)
    table.push([
      tenant,
      piece,
      present ? 'there' : restart === undefined ? 'MISSING' : `MISSING (a restart ends with ${restart})`,
      lost.parts,
      lost.people,
      lost.backups,
      means,
      `docs/runbooks/${runbook}`,
    ]);
  return table.toString();
}
