import { loadPack } from '../load-pack.ts';
import { judgeRestore } from './backups.ts';

const packs = ['damai', 'epiao', 'ciie', 'reservations', 'xiaopiaopiao'].map((name) =>
  loadPack(new URL(`../../../../policies/${name}`, import.meta.url).pathname),
);

test.each(packs.map((pack) => [pack.pack, pack] as const))(
  '%s: a backup is restored until something in it is gone, and then refused with the clause on backups',
  (_, pack) => {
    expect(judgeRestore(pack, false)).toBeUndefined();
    expect(judgeRestore(pack, true)).toEqual({
      code: 'backup-isolated',
      clause: pack.backups.clause,
      field: 'backup',
    });
  },
);
