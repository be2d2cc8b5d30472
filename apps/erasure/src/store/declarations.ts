import { declare, type ColumnDeclaration, type TableDeclaration } from '@lethe/platform';

const evidence: ColumnDeclaration = {
  class: 'ref',
  purpose: 'evidence of a request',
  disposal: 'on dispose_on of the request',
  onErasure: 'restricted',
};
const fact: ColumnDeclaration = {
  class: 'fact',
  purpose: 'evidence of a request',
  disposal: 'with the row',
  onErasure: 'restricted',
};
const installation: ColumnDeclaration = { class: 'fact', purpose: 'operation', disposal: 'never', onErasure: 'kept' };

const columns = (kind: ColumnDeclaration, ...names: string[]): Record<string, ColumnDeclaration> =>
  Object.fromEntries(names.map((name) => [name, kind]));

/** Every table of erasure: what its columns are, when they go, and what an erasure does to them. */
export const erasureDeclarations: readonly TableDeclaration[] = [
  declare({
    table: 'request',
    columns: {
      ...columns(evidence, 'request', 'subject', 'idempotency', 'asked', 'receipt', 'freeze_event', 'certificate'),
      ...columns(
        fact,
        'tenant',
        'kind',
        'ground',
        'progress',
        'deadline',
        'received_at',
        'verified_at',
        'identity_method',
        'decided_by',
        'refused_code',
        'refused_clause',
        'refused_at',
        'scope',
        'registry_version',
        'freeze_number',
        'frozen_at',
        'ordered_at',
        'ledger_entry',
        'keys_destroyed',
        'effective_at',
        'keys_dead_by',
        'swept_at',
        'certified_at',
        'final_at',
        'escalated_at',
        'look_at',
        'attempts',
        'dispose_on',
      ),
    },
  }),
  declare({
    table: 'withdrawal',
    columns: {
      ...columns({ ...evidence, disposal: 'on dispose_on' }, 'subject', 'entry'),
      ...columns(fact, 'tenant', 'purpose', 'ordered_at', 'deadline', 'done_at', 'escalated_at', 'dispose_on'),
    },
  }),
  declare({
    table: 'withdrawal_participant',
    columns: {
      ...columns({ ...evidence, disposal: 'with the withdrawal' }, 'entry'),
      ...columns(fact, 'tenant', 'participant', 'found', 'deleted', 'restricted', 'done_at', 'disbelieved'),
    },
  }),
  declare({
    table: 'participant',
    columns: columns(
      installation,
      'tenant',
      'participant',
      'classes',
      'registry_version',
      'registered_by',
      'registered_at',
    ),
  }),
  declare({
    table: 'request_participant',
    columns: {
      ...columns(evidence, 'request'),
      ...columns(
        fact,
        'tenant',
        'participant',
        'kind',
        'registry_version',
        'frozen_position',
        'found',
        'deleted',
        'restricted',
        'rescan',
        'position',
        'done_at',
        'disbelieved',
      ),
    },
  }),
  declare({
    table: 'certificate',
    columns: {
      ...columns(evidence, 'certificate', 'request'),
      ...columns(
        fact,
        'tenant',
        'body',
        'salt',
        'log_from',
        'document',
        'sha256',
        'final_body',
        'final_salt',
        'final_from',
      ),
    },
  }),
  declare({
    table: 'certificate_backup',
    columns: { ...columns(evidence, 'certificate'), ...columns(fact, 'tenant', 'backup') },
  }),
  declare({
    table: 'tenant_end',
    columns: columns(
      installation,
      'tenant',
      'end_id',
      'entry',
      'ordered_at',
      'stopped_at',
      'emptied_at',
      'disposals',
      'keys',
      'rescan',
      'keys_dead_by',
      'body',
      'salt',
      'log_from',
      'document',
      'sha256',
      'final_body',
      'final_salt',
      'final_from',
      'final_at',
    ),
  }),
  declare({ table: 'tenant_end_backup', columns: columns(installation, 'tenant', 'backup') }),
  declare({ table: 'backup_gone', columns: columns(installation, 'tenant', 'backup', 'gone_at') }),
  declare({ table: 'epoch_ended', columns: columns(installation, 'epoch', 'before', 'ended_at') }),
  declare({ table: 'out_head', columns: columns(installation, 'tenant', 'number') }),
  declare({
    table: 'out_item',
    columns: { ...columns(evidence, 'id', 'subject', 'data'), ...columns(fact, 'tenant', 'number', 'kind', 'at') },
  }),
  declare({
    table: 'ledger_record',
    columns: { ...columns(evidence, 'key'), ...columns(fact, 'tenant', 'entry', 'dead_at', 'dead_on', 'look_on') },
  }),
  declare({
    table: 'hold_seen',
    columns: { ...columns(evidence, 'hold', 'subject', 'scope'), ...columns(fact, 'tenant', 'placed', 'recorded') },
  }),
];
