import { declare, type ColumnDeclaration, type TableDeclaration } from '@lethe/platform';

interface About {
  readonly purpose: string;
  readonly disposal: string;
  readonly onErasure: ColumnDeclaration['onErasure'];
}

const column =
  (kind: ColumnDeclaration['class']) =>
  (about: About): ColumnDeclaration => ({ class: kind, ...about });
const ref = column('ref');
const sealed = column('sealed');
const fact = column('fact');

/** Every table of collection: what its columns are, when they go, and what an erasure does to them. Facts here lead to nobody. */
export const collectionDeclarations: readonly TableDeclaration[] = [
  table(
    'part',
    { purpose: 'the vault', disposal: 'on its disposal day', onErasure: 'shredded' },
    {
      ref: ['part', 'record', 'subject', 'consent', 'matter'],
      sealed: ['sealed'],
      fact: [
        'tenant',
        'slot',
        'purpose',
        'compartment',
        'class',
        'custody',
        'method',
        'basis',
        'consent_version',
        'notice',
        'fields',
        'place',
        'region',
        'disposal',
        'floor',
        'limit_on',
        'collected_at',
        'admitted_at',
        'restricted',
        'restricted_until',
        'restricted_basis',
        'kept',
        'circumstances',
      ],
    },
  ),
  table(
    'holding',
    { purpose: 'how much is held of a person', disposal: 'with the parts it counts', onErasure: 'deleted' },
    {
      ref: ['subject', 'matter'],
      fact: ['tenant', 'compartment', 'class', 'custody', 'method', 'floor', 'dated', 'parts'],
    },
  ),
  table(
    'submission',
    { purpose: 'admitting a submission once', disposal: 'P30D', onErasure: 'deleted' },
    {
      ref: ['key_hmac', 'body_hmac', 'submission', 'subject'],
      fact: ['tenant', 'slot', 'answer', 'at'],
    },
  ),
  table(
    'refusal',
    { purpose: 'evidence of refusals', disposal: 'on dispose_on', onErasure: 'restricted' },
    {
      ref: ['submission', 'subject'],
      fact: ['tenant', 'purpose', 'code', 'clause', 'field', 'notice', 'shadow', 'at', 'dispose_on'],
    },
  ),
  table(
    'opening',
    { purpose: 'evidence of openings', disposal: 'on dispose_on', onErasure: 'restricted' },
    {
      ref: ['opening', 'subject', 'parts'],
      fact: ['tenant', 'actor', 'kind', 'purpose', 'fields', 'refused', 'staff', 'at', 'dispose_on'],
    },
  ),
  table(
    'staff_approval',
    { purpose: 'evidence of approvals for staff', disposal: 'on dispose_on', onErasure: 'restricted' },
    {
      ref: ['approval', 'subject'],
      fact: ['tenant', 'staff', 'purpose', 'fields', 'until', 'approved_by', 'at', 'dispose_on'],
    },
  ),
  table(
    'control_evidence',
    { purpose: 'evidence of security controls', disposal: 'on dispose_on', onErasure: 'kept' },
    { fact: ['tenant', 'filing', 'control', 'kind', 'sha256', 'filed_on', 'filed_by', 'at', 'dispose_on'] },
  ),
  table(
    'cessation',
    { purpose: 'what is no longer collected for', disposal: 'never', onErasure: 'kept' },
    {
      fact: [
        'tenant',
        'product',
        'stops_at',
        'declared_by',
        'at',
        'end_id',
        'dated_at',
        'emptied_at',
        'entry',
        'shredded_at',
      ],
    },
  ),
  table(
    'shadow_mode',
    { purpose: 'whether refusals hold', disposal: 'never', onErasure: 'kept' },
    { fact: ['tenant', 'is_on', 'changed_by', 'at'] },
  ),
  table(
    'consent_state',
    { purpose: 'what consent last said', disposal: 'with the person', onErasure: 'deleted' },
    {
      ref: ['subject', 'consent'],
      fact: ['tenant', 'purpose', 'version', 'state', 'level', 'notice', 'at', 'implied', 'choice', 'fields'],
    },
  ),
  table(
    'guardian_state',
    { purpose: 'what consent last said', disposal: 'with the person', onErasure: 'deleted' },
    {
      ref: ['subject'],
      fact: ['tenant', 'version', 'guardian', 'until', 'sensitive_until', 'at'],
    },
  ),
  table(
    'subject_state',
    { purpose: 'the fence of an erasure: a ref never comes back', disposal: 'never', onErasure: 'kept' },
    {
      ref: ['subject', 'frozen_by', 'erased_by', 'ordered_by'],
      fact: [
        'tenant',
        'slot',
        'frozen_number',
        'frozen_at',
        'erased_entry',
        'erased_at',
        'ordered',
        'answered',
        'going',
      ],
    },
  ),
  table(
    'shred',
    { purpose: 'carrying out a ledger entry', disposal: 'never', onErasure: 'kept' },
    {
      ref: ['subject', 'erasure'],
      fact: [
        'tenant',
        'entry',
        'slot',
        'cause',
        'compartments',
        'consent_version',
        'state',
        'keys',
        'parts_found',
        'effective_at',
        'deleted',
        'swept_at',
        'ordered_at',
      ],
    },
  ),
  table(
    'matter_anchor',
    { purpose: 'dating matters', disposal: 'with the matter', onErasure: 'deleted' },
    {
      ref: ['matter', 'subject'],
      fact: ['tenant', 'anchor', 'version', 'at'],
    },
  ),
  table(
    'matter_date',
    { purpose: 'dating matters', disposal: 'with the matter', onErasure: 'deleted' },
    {
      ref: ['matter', 'subject'],
      fact: ['tenant', 'class', 'day', 'floor', 'limit_on'],
    },
  ),
  table(
    'disposal',
    { purpose: 'carrying out an order of disposal', disposal: 'never', onErasure: 'kept' },
    {
      fact: [
        'tenant',
        'class',
        'day',
        'goes_on',
        'order',
        'entry',
        'method',
        'state',
        'recorded_at',
        'found',
        'anonymized',
        'forgotten',
        'held',
        'restricted',
        'cells',
        'deleted',
        'effective_at',
        'swept_at',
        'also',
      ],
    },
  ),
  table(
    'hold',
    { purpose: 'reasons not to dispose', disposal: 'never', onErasure: 'kept' },
    {
      ref: ['hold', 'subject', 'record', 'matter', 'parts'],
      fact: ['tenant', 'kind', 'state', 'late_order', 'too_late', 'at', 'lifted_at'],
    },
  ),
  table(
    'extension',
    { purpose: 'longer periods that were agreed', disposal: 'three years after its end', onErasure: 'restricted' },
    {
      ref: ['extension', 'subject', 'record', 'matter'],
      fact: ['tenant', 'purpose', 'goes_on', 'state', 'late_order', 'parts', 'at', 'ended_at'],
    },
  ),
  table(
    'restored',
    { purpose: 'evidence of restores', disposal: 'three years after it', onErasure: 'kept' },
    { ref: ['report'], fact: ['tenant', 'restore', 'at'] },
  ),
  table(
    'cell',
    { purpose: 'anonymized aggregates', disposal: 'never', onErasure: 'kept' },
    {
      fact: ['tenant', 'class', 'cohort', 'cell', 'dimensions', 'people', 'records', 'measures', 'order', 'at'],
    },
  ),
  table(
    'counted',
    { purpose: 'counts', disposal: 'never', onErasure: 'kept' },
    {
      fact: ['tenant', 'counting', 'what', 'code', 'clause', 'n', 'at'],
    },
  ),
  table(
    'backup',
    { purpose: 'keys of backups', disposal: 'with the backup', onErasure: 'kept' },
    {
      fact: ['tenant', 'backup', 'public_key', 'state', 'ordered_at', 'taken_at', 'isolated_at', 'destroyed_at'],
    },
  ),
];

function table(
  name: string,
  about: About,
  columns: { ref?: string[]; sealed?: string[]; fact?: string[] },
): TableDeclaration {
  const named = (names: string[] | undefined, make: (about: About) => ColumnDeclaration) =>
    (names ?? []).map((each) => [each, make(about)] as const);
  return declare({
    table: name,
    columns: Object.fromEntries([
      ...named(columns.ref, ref),
      ...named(columns.sealed, sealed),
      ...named(columns.fact, fact),
    ]),
  });
}
