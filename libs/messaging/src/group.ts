import type { Envelope } from '@lethe/contracts';

/** Events of one tenant and one type, in order. */
export interface Group<Item> {
  readonly tenant: string;
  readonly type: string;
  readonly items: Item[];
}

/**
 * Gathers a batch into as few groups as order allows, to be dealt with one group after the other: events of one person keep
 * their order, a fact about no one person keeps its place among all events of its tenant, and nothing else is promised.
 */
export function groupEvents<Item extends { readonly event: Pick<Envelope, 'tenant' | 'subject' | 'type'> }>(
  items: readonly Item[],
): Group<Item>[] {
  const groups: Group<Item>[] = [];
  /** By tenant and type: its newest group. */
  const newest = new Map<string, number>();
  /** By tenant, and by tenant and person: the group of the last event an event may not overtake. */
  const last = new Map<string, number>();
  for (const item of items) {
    const { tenant, subject, type } = item.event;
    const person = subject === undefined ? `any ${tenant}` : `one ${tenant} ${subject}`;
    const after = Math.max(last.get(person) ?? -1, last.get(`wide ${tenant}`) ?? -1);
    let index = newest.get(`${tenant} ${type}`) ?? -1;
    if (index < 0 || index < after) index = groups.push({ tenant, type, items: [] }) - 1;
    groups[index]!.items.push(item);
    newest.set(`${tenant} ${type}`, index);
    last.set(person, Math.max(index, last.get(person) ?? -1));
    last.set(`any ${tenant}`, Math.max(index, last.get(`any ${tenant}`) ?? -1));
    if (subject === undefined) last.set(`wide ${tenant}`, index);
  }
  return groups;
}
