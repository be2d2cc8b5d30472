import type { http, RefusalCode } from '@lethe/contracts';
import { nextDay, type Day, type PartId, type SubjectRef, type TenantId, type Transaction } from '@lethe/kernel';
import {
  clauseOf,
  evidenceDisposal,
  goesOn,
  judgeCopies,
  judgeCover,
  maskValue,
  mayUse,
  subjectFacts,
  type GateFacts,
  type Pack,
} from '@lethe/policy';
import type { OpenItem } from '@lethe/sealing';
import type { z } from 'zod';
import { unreadable } from './domain/readable.ts';
import { gateFacts } from './gate.ts';
import { refusalAnswer, type Refusing } from './intake.ts';
import type { Moment, Room } from './room.ts';
import { staffJudge } from './staff.ts';
import { IntakeStore } from './store/intake.store.ts';
import { PartStore, type Part } from './store/part.store.ts';

type Question = z.output<(typeof http.Open)['body'] & object>;
type Opened = z.input<typeof http.Open.answer>;
export type Copy = z.input<typeof http.Access.answer>;
type Values = Opened['opened'][number]['fields'];

/** Parts of one answer. */
const AT_MOST = 500;

/** How a stored part is handed to the sealer. */
export function openItem(
  part: Pick<Part, 'part' | 'subject' | 'compartment' | 'class' | 'matter' | 'disposal' | 'sealed'>,
): OpenItem | undefined {
  if (part.sealed === null) return undefined;
  const labels = { part: part.part, subject: part.subject, compartment: part.compartment, sealed: part.sealed };
  if (part.matter !== undefined) return { ...labels, time: { kind: 'matter', matter: part.matter, class: part.class } };
  return part.disposal === undefined
    ? undefined
    : { ...labels, time: { kind: 'day', day: part.disposal, class: part.class } };
}

/** Hands out values: verdict, values and audit entry are one transaction, and nothing between keeps them. */
export class Opening {
  constructor(private readonly room: Room) {}

  /** The values the purpose may have, now; everything else with its refusal. */
  async open(tenant: TenantId, actor: string, asked: Question, at: Moment): Promise<Opened> {
    const { context } = this.room;
    const pack = await context.packs.pack(tenant);
    return context.database.within(tenant, async (sql) => {
      const store = new PartStore(sql, tenant);
      const sources = [
        asked.purpose,
        ...[...pack.purposes.values()]
          .filter((purpose) => purpose.alsoUsedFor.includes(asked.purpose))
          .map((purpose) => purpose.name),
      ];
      const found =
        asked.parts === undefined
          ? asked.subject === undefined
            ? []
            : await store.ofSubject(asked.subject, AT_MOST, sources)
          : (await store.byIds(asked.parts)).filter(
              (part) => asked.subject === undefined || part.subject === asked.subject,
            );
      const refused: Opened['refused'] = [];
      for (const part of asked.parts ?? []) {
        if (!found.some((each) => each.part === part))
          refused.push({
            part,
            refusal: refusalAnswer({ code: 'not-collected', clause: clauseOf(pack, 'not-collected') }),
          });
      }
      const people = [
        ...new Set([...found.map((part) => part.subject), ...(asked.subject === undefined ? [] : [asked.subject])]),
      ];
      const facts = await gateFacts(sql, this.room, tenant, people, at);
      const staff = asked.staff && (await staffJudge(sql, tenant, pack, asked.staff, asked.purpose, at.legal));
      const readable: { part: Part; fields: readonly string[] }[] = [];
      for (const part of found) {
        const fields = wanted(pack, part, asked);
        const refusal = sources.includes(part.purpose)
          ? (this.judge(pack, facts, part, asked, fields, at) ??
            staff?.(part.subject, subjectFacts(facts, part.subject), fields))
          : { code: 'undeclared-purpose' as const, clause: clauseOf(pack, 'undeclared-purpose') };
        if (refusal !== undefined)
          refused.push({ part: part.part, subject: part.subject, refusal: refusalAnswer(refusal) });
        else if (fields.length > 0) readable.push({ part, fields });
      }
      if (found.length === 0 && asked.subject !== undefined && asked.parts === undefined) {
        const verdict = mayUse(
          pack,
          facts,
          {
            ...aboutOf(asked),
            subject: asked.subject,
            purpose: asked.purpose,
            fields: asked.fields ?? [],
            kind: 'use',
          },
          at.legal,
        );
        const refusal: Refusing = verdict.may
          ? { code: 'not-collected', clause: clauseOf(pack, 'not-collected', asked.purpose) }
          : verdict;
        refused.push({ subject: asked.subject, refusal: refusalAnswer(refusal) });
      }
      const { values, dead } = await this.values(
        tenant,
        readable.map((each) => each.part),
      );
      for (const part of dead)
        refused.push({
          part: part.part,
          subject: part.subject,
          refusal: refusalAnswer({ code: 'disposed', clause: clauseOf(pack, 'disposed') }),
        });
      const opened = readable.flatMap(({ part, fields }) => {
        const all = values.get(part.part);
        if (all === undefined) return [];
        return [
          {
            part: part.part,
            record: part.record,
            subject: part.subject,
            purpose: part.purpose,
            fields: asked.staff === undefined ? pick(all, fields) : masked(pack, pick(all, fields)),
          },
        ];
      });
      await this.audit(
        sql,
        tenant,
        pack,
        {
          actor,
          kind: 'open',
          purpose: pack.purposes.has(asked.purpose) ? asked.purpose : undefined,
          subject: asked.subject,
          staff: asked.staff?.id,
        },
        readable.filter(({ part }) => values.has(part.part)),
        refused.length,
        at,
      );
      return { opened, refused };
    });
  }

  /**
   * A copy for the person who asks, so many times a day: who asks at once with others waits for them, so that none is
   * counted past.
   */
  async copy(tenant: TenantId, actor: string, subject: SubjectRef, at: Moment): Promise<Copy> {
    const { context } = this.room;
    const pack = await context.packs.pack(tenant);
    const refusal = await context.database.within(tenant, async (sql) => {
      const store = new IntakeStore(sql, tenant);
      await store.lockCopies(subject);
      const given = await store.copiesOn(subject, at.today, at.zone);
      const verdict = judgeCopies(pack, given);
      const asked = { opening: context.newId(), actor, kind: 'copy' as const, subject, parts: [], fields: [] };
      await store.addOpening(
        { ...asked, refused: verdict === undefined ? 0 : 1 },
        at.legal,
        evidenceDisposal(pack, at.legal),
      );
      return verdict;
    });
    return refusal === undefined
      ? this.access(tenant, actor, subject, at)
      : { refusal: refusalAnswer(refusal), again: nextDay(at.today), parts: [], withheld: [] };
  }

  /** Everything held of one person. What is only stored (restricted, frozen) is withheld and listed. */
  async access(tenant: TenantId, actor: string, subject: SubjectRef, at: Moment): Promise<Copy> {
    const { context } = this.room;
    const pack = await context.packs.pack(tenant);
    return context.database.within(tenant, async (sql) => {
      const found = await new PartStore(sql, tenant).ofSubject(subject, 10_000);
      const facts = await gateFacts(sql, this.room, tenant, [subject], at);
      const state = facts.subjects[subject]?.state;
      const standing: RefusalCode | undefined =
        state === 'frozen' ? 'subject-frozen' : state === 'erased' ? 'subject-erased' : undefined;
      const withheld: Copy['withheld'] = [];
      const readable: Part[] = [];
      for (const part of found) {
        const code = standing ?? unreadable(part);
        if (code === undefined) readable.push(part);
        else
          withheld.push({
            part: part.part,
            refusal: refusalAnswer({ code, clause: clauseOf(pack, code, part.purpose) }),
            ...(code === 'held-by-platform' ? { held: heldOf(pack, part) } : {}),
          });
      }
      const { values, dead } = await this.values(tenant, readable);
      for (const part of dead)
        withheld.push({
          part: part.part,
          refusal: refusalAnswer({ code: 'disposed', clause: clauseOf(pack, 'disposed') }),
        });
      const parts = readable.flatMap((part) => {
        const fields = values.get(part.part);
        if (fields === undefined) return [];
        return [
          {
            part: part.part,
            record: part.record,
            purpose: part.purpose,
            collectedAt: part.collectedAt.toISOString(),
            ...goingOn(pack, part),
            ...(part.region === undefined ? {} : { region: part.region }),
            fields,
          },
        ];
      });
      await this.audit(
        sql,
        tenant,
        pack,
        { actor, kind: 'access', subject },
        readable.filter((part) => values.has(part.part)).map((part) => ({ part, fields: part.fields })),
        withheld.length,
        at,
      );
      return { parts, withheld };
    });
  }

  private judge(
    pack: Pack,
    facts: GateFacts,
    part: Part,
    asked: Question,
    fields: readonly string[],
    at: Moment,
  ): Refusing | undefined {
    const { purpose } = asked;
    const code = unreadable(part);
    if (code !== undefined) return { code, clause: clauseOf(pack, code, purpose) };
    const question = { ...aboutOf(asked), subject: part.subject, purpose, fields, kind: 'use' } as const;
    const verdict = mayUse(pack, facts, question, at.legal);
    if (!verdict.may) return verdict;
    const only = pack.purposes.get(purpose)?.onlyMatter;
    const kind = pack.anchors.get(pack.classes.get(part.class)?.anchor ?? '')?.matter;
    if (only !== undefined && kind === only.kind && part.matter !== asked.matter)
      return { code: 'outside-matter', clause: only.clause };
    const taken = part.circumstances;
    if (asked.use !== undefined && taken?.use !== undefined && taken.use !== asked.use)
      return { code: 'use-not-declared', clause: clauseOf(pack, 'use-not-declared', part.purpose), field: 'use' };
    return judgeCover(pack, pack.purposes.get(part.purpose), asked.use, taken?.source?.covers);
  }

  /** Opens what still opens. A part whose key has died since it was read is dead, whatever its row says. */
  async values(tenant: TenantId, parts: readonly Part[]): Promise<{ values: Map<string, Values>; dead: Part[] }> {
    const items = parts.flatMap((part) => {
      const item = openItem(part);
      return item === undefined ? [] : [{ part, item }];
    });
    const outcomes =
      items.length === 0
        ? []
        : await this.room.keyring.sealer.open(
            tenant,
            items.map((each) => each.item),
          );
    const values = new Map<string, Values>();
    const dead: Part[] = [];
    outcomes.forEach((outcome, index) => {
      const { part } = items[index]!;
      if (outcome.reason === undefined) {
        values.set(part.part, JSON.parse(outcome.plaintext.toString()) as Values);
        return;
      }
      dead.push(part);
      if (outcome.reason === 'altered') tellAltered(this.room, tenant, part.part);
    });
    return { values, dead };
  }

  private async audit(
    sql: Transaction,
    tenant: TenantId,
    pack: Pack,
    what: {
      actor: string;
      kind: 'open' | 'access';
      purpose?: string | undefined;
      subject?: SubjectRef | undefined;
      staff?: string | undefined;
    },
    opened: readonly { part: Part; fields: readonly string[] }[],
    refused: number,
    at: Moment,
  ): Promise<void> {
    const fields = [...new Set(opened.flatMap((each) => each.fields))].sort();
    await new IntakeStore(sql, tenant).addOpening(
      { opening: this.room.context.newId(), ...what, parts: opened.map(({ part }) => part.part), fields, refused },
      at.legal,
      evidenceDisposal(pack, at.legal),
    );
  }
}

export const tellAltered = ({ context }: Room, tenant: TenantId, part: PartId): void =>
  context.logger.error({ tenant, part, code: 'collection/altered' }, 'a ciphertext is not what was sealed');

/** What Lethe knows of a part that the platform holds itself. */
const heldOf = (pack: Pack, part: Part): NonNullable<Copy['withheld'][number]['held']> => ({
  purpose: part.purpose,
  fields: [...part.fields],
  place: part.place ?? 'platform',
  collectedAt: part.collectedAt.toISOString(),
  ...goingOn(pack, part),
});

/** The day on which a part goes, where it has one: a later version may have shortened what it was dated for. */
function goingOn(pack: Pack, { class: of, disposal }: Part): { disposal?: Day } {
  const disposalClass = pack.classes.get(of);
  if (disposal === undefined) return {};
  return { disposal: disposalClass === undefined ? disposal : goesOn(disposalClass, disposal) };
}

/** The fields of a part the purpose may have: those it declares, and of those the ones asked for. */
function wanted(pack: Pack, part: Part, asked: Question): string[] {
  const declared = part.purpose === asked.purpose ? undefined : pack.purposes.get(asked.purpose)?.fields;
  return part.fields.filter(
    (field) =>
      (declared === undefined || declared.has(field)) && (asked.fields === undefined || asked.fields.includes(field)),
  );
}

const pick = (values: Values, fields: readonly string[]): Values =>
  Object.fromEntries(Object.entries(values).filter(([field]) => fields.includes(field)));

/** What a question says beside people and fields. */
const aboutOf = ({ use, matter, exception, declarations }: Question) => ({ use, matter, exception, declarations });

/** What staff see of values. */
const masked = (pack: Pack, values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const field = pack.fields.get(name);
      return [name, field === undefined ? value : (maskValue(field, value) as typeof value)];
    }),
  );
