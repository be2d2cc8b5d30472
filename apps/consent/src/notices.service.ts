import type { http } from '@lethe/contracts';
import type { TenantId } from '@lethe/kernel';
import type { AnswerOf, ServiceContext } from '@lethe/platform';
import { clauseOf, evidenceDisposal, inForce, mayShow, refusalText, type Refusal } from '@lethe/policy';
import type { z } from 'zod';
import { ConsentStore, standingKey } from './store/consent.store.ts';
import { NoticeStore } from './store/notice.store.ts';

type Shown = z.output<typeof http.shownNotice>;
type Outcome = AnswerOf<typeof http.ShowNotices>['outcomes'][number];

/** Notices as they were shown: which version, in which language, where, when, and what they said. */
export class NoticesService {
  constructor(private readonly context: ServiceContext) {}

  /**
   * Records what is shown to people, or refuses it: who has said no is not asked again within the policy's period, and a
   * notice about something new says everything the policy wants said. What was shown before Lethe was here, under a version that
   * nobody knows any more, is recorded as it was, with a finding.
   */
  async show(tenant: TenantId, notices: readonly Shown[]): Promise<Outcome[]> {
    const { packs, clock, database } = this.context;
    const [versions, legalNow] = await Promise.all([packs.versions(tenant), clock.legalNow(tenant)]);
    return database.within(tenant, async (sql) => {
      const consents = new ConsentStore(sql, tenant);
      const store = new NoticeStore(sql, tenant);
      const subjects = notices.map(({ subject }) => subject);
      const persons = await consents.lockPersons(subjects);
      const standings = await consents.standings(subjects);
      const known = await store.of(subjects);
      const outcomes: Outcome[] = [];
      for (const { at, asks, about, imported, ...shown } of notices) {
        const present = inForce(versions, legalNow);
        const version = shown.version ?? present.version;
        const named = versions.find((each) => each.pack.version === version)?.pack;
        const pack = named ?? present;
        const isKnown = named !== undefined || present.notices.includes(version);
        const standing = standings.get(standingKey(shown.subject, about));
        if (persons.get(shown.subject)?.state === 'restricted') {
          outcomes.push({
            outcome: 'refused',
            refusal: told({ code: 'subject-erased', clause: clauseOf(pack, 'subject-erased') }),
          });
          continue;
        }
        const stated = at === undefined ? legalNow : new Date(at);
        const refusal = mayShow(pack, { ...shown, about, asks, at: stated, isKnown }, standing, legalNow);
        const isHistory = imported === true && refusal?.field === 'version';
        if (refusal !== undefined && !isHistory) {
          outcomes.push({ outcome: 'refused', refusal: told(refusal) });
          continue;
        }
        const findings = refusal === undefined ? {} : { findings: [told(refusal)] };
        const shownAt = stated < legalNow ? stated : legalNow;
        // What is stated with its moment is one notice however often it is stated.
        const again = known.find(
          (one) =>
            at !== undefined &&
            one.subject === shown.subject &&
            one.about === about &&
            one.version === version &&
            one.channel === shown.channel &&
            one.shownAt.getTime() === shownAt.getTime(),
        );
        if (again !== undefined) {
          outcomes.push({ outcome: 'recorded', notice: again.notice, ...findings });
          continue;
        }
        const notice = this.context.newId();
        await store.append(
          { ...shown, notice, about, version, asks, shownAt },
          legalNow,
          evidenceDisposal(pack, legalNow),
        );
        outcomes.push({ outcome: 'recorded', notice, ...findings });
      }
      return outcomes;
    });
  }
}

const told = ({ code, clause, field }: Refusal) => ({
  code,
  clause,
  text: refusalText(code, 'en'),
  ...(field === undefined ? {} : { field }),
});
