import { declare, type ColumnDeclaration, type TableDeclaration } from '@lethe/platform';

type Rest = Omit<ColumnDeclaration, 'class'>;

/** One purpose and one end for a table; the columns that lead to a person are named, the others are facts. */
function table(name: string, rest: Rest, refs: readonly string[], facts: readonly string[]): TableDeclaration {
  const columns: Record<string, ColumnDeclaration> = {};
  for (const column of refs) columns[column] = { class: 'ref', ...rest };
  for (const column of facts) columns[column] = { class: 'fact', ...rest };
  return declare({ table: name, columns });
}

/** Every table of retention: what its columns are, when they go, and what an erasure does to them. */
export const retentionDeclarations = [
  table(
    'day_tally',
    { purpose: 'counts of what is due', disposal: 'with the row', onErasure: 'kept' },
    [],
    ['tenant', 'class', 'day', 'custody', 'method', 'floor', 'parts'],
  ),
  table(
    'waiting_tally',
    {
      purpose: 'counts of what waits for an anchor',
      disposal: 'when the matter is dated or its parts are removed',
      onErasure: 'deleted',
    },
    ['matter'],
    ['tenant', 'class', 'custody', 'method', 'limit_on', 'parts'],
  ),
  table(
    'disposal_order',
    { purpose: 'evidence of disposals', disposal: 'never', onErasure: 'kept' },
    [],
    [
      'tenant',
      'order_id',
      'class',
      'day',
      'method',
      'custody',
      'expected',
      'ordered_at',
      'effective_at',
      'found',
      'held',
      'restricted',
      'swept_at',
      'deleted',
      'platform_acked_at',
      'platform_found',
      'platform_deleted',
      'escalated_at',
      'closed_at',
    ],
  ),
  table(
    'hold',
    { purpose: 'evidence of holds', disposal: 'three years after release', onErasure: 'restricted' },
    ['subject', 'scope'],
    [
      'tenant',
      'hold',
      'kind',
      'reason',
      'authority',
      'placed_by',
      'placed_at',
      'review_on',
      'state',
      'parts',
      'too_late_for',
      'released_by',
      'released_at',
      'lifted_at',
    ],
  ),
  table(
    'matter',
    {
      purpose: 'the periods that count from a matter',
      disposal: 'with the erasure, or the floor that counts from it',
      onErasure: 'deleted',
    },
    ['matter', 'subject'],
    ['tenant', 'version'],
  ),
  table(
    'matter_anchor',
    { purpose: 'the periods that count from a matter', disposal: 'with its matter', onErasure: 'deleted' },
    ['matter'],
    ['tenant', 'version', 'anchor', 'at', 'stated_at'],
  ),
  table(
    'person',
    {
      purpose: 'that an erasure is under way or done, so that nothing older has an effect',
      disposal: 'when the erasure is final',
      onErasure: 'deleted',
    },
    ['subject', 'frozen_by'],
    ['tenant', 'freeze_number', 'erased_at'],
  ),
  table(
    'backup',
    { purpose: 'the catalogue of backups', disposal: 'never', onErasure: 'kept' },
    [],
    [
      'tenant',
      'backup',
      'state',
      'taken_at',
      'purge_on',
      'isolated_at',
      'purged_at',
      'ordered_at',
      'isolated_because',
      'moved_at',
      'key_isolated_at',
      'files_gone_at',
      'failures',
    ],
  ),
  table(
    'backup_part',
    { purpose: 'the catalogue of backups', disposal: 'never', onErasure: 'kept' },
    [],
    ['tenant', 'backup', 'service', 'tables', 'rows', 'bytes', 'sha256', 'snapshot_at'],
  ),
  table(
    'restore',
    { purpose: 'evidence of restores', disposal: 'never', onErasure: 'kept' },
    [],
    ['tenant', 'restore', 'backup', 'proposed_by', 'proposed_at', 'confirmed_by', 'confirmed_at', 'incarnation'],
  ),
  table(
    'tenant_guard',
    { purpose: 'turns between sweeps and holds', disposal: 'never', onErasure: 'kept' },
    [],
    ['tenant', 'destroyed_at', 'destroyed_because'],
  ),
];
