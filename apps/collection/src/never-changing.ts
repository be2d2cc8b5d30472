import type { Sql, SubjectRef, TenantId } from '@lethe/kernel';
import { Fixed, type Pack } from '@lethe/policy';
import { PartStore } from './store/part.store.ts';

/** What of these people, for these purposes, is kept and never changes again. No statement where there is nothing of the kind. */
export async function neverChanging(
  sql: Sql,
  tenant: TenantId,
  pack: Pack,
  asked: readonly { readonly subject: SubjectRef; readonly purpose: string }[],
): Promise<Fixed> {
  const fixed = new Fixed(pack);
  const concerned = asked.filter(({ purpose }) => pack.purposes.get(purpose)?.immutable !== undefined);
  const present = await new PartStore(sql, tenant).present(
    concerned.map(({ subject }) => subject),
    [...new Set(concerned.map(({ purpose }) => purpose))],
  );
  for (const { subject, purpose, matter, declarations } of present)
    fixed.add(subject, purpose, matter ?? undefined, declarations ?? []);
  return fixed;
}
