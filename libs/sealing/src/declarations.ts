import type { Opener } from '@lethe/contracts';

/**
 * Every column of the cluster with bytes of a key or of a name in it: by what of a certificate it can still open something; `ref`: it
 * leads to a ref at most, and a ref to nothing (docs/decisions/0044). A copy of any row opens as long as the key of its epoch lies in
 * a slot: that is `copies-of-the-keyring`.
 */
export const keyringOpeners: Readonly<Record<string, Exclude<Opener, 'copies-of-the-keyring'> | 'ref'>> = {
  'keyring.subject_key.wrapped': 'living-keys',
  'keyring.day_key.wrapped': 'living-keys',
  'keyring.class_key.wrapped': 'living-keys',
  'keyring.matter_key.wrapped': 'living-keys',
  'keyring.kept_key.wrapped': 'living-keys',
  'keyring.name.wrapped': 'living-keys',
  'keyring.intake_key.wrapped': 'intake-topic',
  'keyring.backup_key.wrapped': 'backups',
  'isolation.backup_key.wrapped': 'backups',
  'keyring.index_key.wrapped': 'ref',
  'keyring.name_tag.tag': 'ref',
};

/** The shape in which platform's declaration gate takes a table: what each column is, and what becomes of it. */
interface Column {
  readonly class: 'ref' | 'sealed' | 'value' | 'fact';
  readonly purpose: string;
  readonly disposal: string;
  readonly onErasure: 'deleted' | 'shredded' | 'restricted' | 'kept';
}
interface Declaration {
  readonly table: string;
  readonly columns: Readonly<Record<string, Column>>;
}

const columns = (names: string, of: Column) => Object.fromEntries(names.split(' ').map((name) => [name, of]));
const facts = (names: string) =>
  columns(names, { class: 'fact', purpose: 'keys', disposal: 'with the row', onErasure: 'kept' });
/** Goes when the person is forgotten and swept. */
const refs = (names: string) =>
  columns(names, { class: 'ref', purpose: 'keys', disposal: 'with the row', onErasure: 'deleted' });
/** A key or a name under the epoch key: the row goes, and what is left of it on disk dies with the epoch. */
const wrapped = columns('wrapped', {
  class: 'sealed',
  purpose: 'keys',
  disposal: 'with the epoch',
  onErasure: 'shredded',
});
/** Says that somebody is dead, for good: a ref leads to nobody, and no key is ever made for it again. */
const tombstones = (names: string) =>
  columns(names, {
    class: 'ref',
    purpose: 'tombstone',
    disposal: 'never',
    onErasure: 'kept',
  });

/** Every column of the keyring's tables. Its caches hold refs and keys for 60 s at most and forget them when they are told. */
export const keyringDeclarations: readonly Declaration[] = [
  { table: 'tenant_end', columns: facts('tenant at') },
  { table: 'epoch', columns: facts('number key_name state started_at ended_at keys') },
  { table: 'index_key', columns: { ...facts('version state made_at epoch'), ...wrapped } },
  { table: 'name', columns: { ...facts('tenant kind epoch'), ...refs('ref subject'), ...wrapped } },
  { table: 'name_tag', columns: { ...facts('tenant version'), ...refs('tag ref') } },
  {
    table: 'subject_key',
    columns: { ...facts('tenant compartment generation epoch'), ...refs('subject'), ...wrapped },
  },
  { table: 'subject_death', columns: { ...facts('tenant compartment dead_through'), ...tombstones('subject') } },
  { table: 'day_key', columns: { ...facts('tenant day class state epoch'), ...wrapped } },
  { table: 'class_key', columns: { ...facts('tenant class epoch'), ...wrapped } },
  { table: 'matter_key', columns: { ...facts('tenant class day epoch'), ...refs('matter'), ...wrapped } },
  {
    table: 'kept_key',
    columns: { ...facts('tenant hold compartment generation against epoch'), ...refs('part subject'), ...wrapped },
  },
  {
    table: 'backup_key',
    columns: { ...facts('tenant backup public_key state slot_key isolated_at destroyed_at epoch'), ...wrapped },
  },
  { table: 'intake_key', columns: { ...facts('tenant kid public_key epoch'), ...wrapped } },
  {
    table: 'approval',
    columns: {
      ...facts('number tenant backup reason at'),
      ...columns('by', { class: 'ref', purpose: 'proof of approval', disposal: 'P3Y', onErasure: 'kept' }),
    },
  },
  {
    table: 'destruction',
    columns: { ...facts('tenant entry keys eviction destroyed_at effective_at'), ...tombstones('scope') },
  },
  {
    table: 'eviction',
    columns: {
      ...facts('number tenant kind at'),
      ...columns('first second', { class: 'ref', purpose: 'eviction', disposal: 'PT10M', onErasure: 'kept' }),
    },
  },
  { table: 'holder', columns: facts('id seen_at evicted_to cache_for_ms') },
];
