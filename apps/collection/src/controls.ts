import type { http } from '@lethe/contracts';
import { Fault, type SubjectRef, type TenantId } from '@lethe/kernel';
import type { AnswerOf } from '@lethe/platform';
import { controlStates, evidenceDisposal, weakerSources } from '@lethe/policy';
import { generationOf } from '@lethe/sealing';
import { findsIn, findsInFile } from './domain/in-clear.ts';
import type { Copy, Opening } from './opening.ts';
import type { Moment, Room } from './room.ts';
import { ControlStore } from './store/control.store.ts';
import { PartStore, type Part } from './store/part.store.ts';

const AT_MOST = 10_000;

/** Security controls of the pack: evidence of each, and the one that Lethe can show by itself, how data lies. */
export class Controls {
  constructor(
    private readonly room: Room,
    private readonly opening: Opening,
  ) {}

  /** @throws Fault `missing` for a control the pack does not name; `invalid` for evidence of another kind than it asks for */
  async file(
    tenant: TenantId,
    by: string,
    control: string,
    evidence: { readonly kind: string; readonly sha256: string },
    at: Moment,
  ): Promise<AnswerOf<typeof http.FileControlEvidence>> {
    const { context } = this.room;
    const pack = await context.packs.pack(tenant);
    const rule = Object.entries(pack.security?.controls ?? {}).find(([name]) => name === control)?.[1];
    if (rule === undefined)
      throw new Fault('missing', 'collection/no-such-control', 'the policy names no such control', 'control');
    if (rule.evidence !== evidence.kind)
      throw new Fault('invalid', 'collection/other-evidence', `the policy asks for: ${rule.evidence}`, 'kind');
    const { today, legal } = at;
    await context.database.within(tenant, (sql) =>
      new ControlStore(sql, tenant).file(
        { filing: context.newId(), control, ...evidence, filedOn: today, filedBy: by },
        legal,
        evidenceDisposal(pack, legal),
      ),
    );
    const [state] = controlStates(pack, new Map([[control, today]]), today).filter((each) => each.control === control);
    return { control, until: state?.until ?? today };
  }

  async all(tenant: TenantId, at: Moment): Promise<AnswerOf<typeof http.Controls>> {
    const { context } = this.room;
    const pack = await context.packs.pack(tenant);
    const filed = await context.database.within(tenant, (sql) => new ControlStore(sql, tenant).filed());
    return { controls: controlStates(pack, filed, at.today) };
  }

  /**
   * Opens what is held of the person, which is audited like any opening, and looks for it in the rows as they are stored, and in
   * a backup as it lies.
   * @throws Fault `missing` where no such backup of the tenant lies here
   */
  async storedAs(
    tenant: TenantId,
    by: string,
    { subject, backup }: { readonly subject: SubjectRef; readonly backup?: string | undefined },
    at: Moment,
  ): Promise<AnswerOf<typeof http.StoredAs>> {
    const { parts: opened } = await this.opening.access(tenant, by, subject, at);
    const { parts, rows } = await this.room.context.database.within(tenant, async (sql) => ({
      parts: await new PartStore(sql, tenant).ofSubject(subject, AT_MOST),
      rows: new Map((await new ControlStore(sql, tenant).rowsOf(subject)).map(({ part, row }) => [part, row])),
    }));
    const held = parts.filter(({ custody }) => custody === 'lethe');
    const looked = opened.map(({ part, fields }) => findsIn(rows.get(part) ?? '', Object.values(fields)));
    const protections = held.map((part) => ({
      source: part.circumstances?.source?.kind ?? 'person',
      controls: controlsOf(part),
    }));
    return {
      parts: held.length,
      sealed: protections.filter(({ controls }) => controls.length > 0).length,
      inClear: looked.reduce((sum, { found }) => sum + found, 0),
      values: looked.reduce((sum, { looked: count }) => sum + count, 0),
      protections,
      weaker: weakerSources(protections),
      ...(backup === undefined ? {} : { backup: await this.inBackup(tenant, backup, opened) }),
    };
  }

  private async inBackup(tenant: TenantId, backup: string, opened: Copy['parts']) {
    const file = await this.room.context.backups.read({ service: 'collection', tenant, backup });
    const values = opened.flatMap(({ fields }) => Object.values(fields));
    const { found, looked, bytes } = await findsInFile(file, values);
    return { bytes, inClear: found, values: looked };
  }
}

/** A sealed part says so itself: version and algorithm stand before the ciphertext, and both keys have a name. */
const controlsOf = ({ sealed, matter, disposal }: Part): string[] =>
  sealed === null || generationOf(sealed) === undefined
    ? []
    : ['aes-256-gcm', 'subject-key', ...(matter === undefined && disposal === undefined ? [] : ['time-key'])];
