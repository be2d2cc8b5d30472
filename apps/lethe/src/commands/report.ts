import { asking } from '../asking.ts';
import { factsOf } from '../report/facts.ts';
import { reportPage } from '../report/page.ts';

/** What is held of a tenant's people, and until when, for people: one static page on standard output. */
export async function report(
  tenant: string,
  { target, tokenFile }: { readonly target?: string; readonly tokenFile?: string },
): Promise<void> {
  process.stdout.write(reportPage(await factsOf(tenant, asking({ tenant, target, tokenFile }, 'auditor'))));
}
