import { createHash } from 'node:crypto';
import { http } from '@lethe/contracts';
import { Fault, type MatterId, type SubjectRef } from '@lethe/kernel';
import type { z } from 'zod';
import type { Ask } from '../asking.ts';
import type { ImportFinding, Kind, LineOf } from './lines.ts';

/** A line with its number in the file. */
export interface Numbered<K extends Kind> {
  readonly number: number;
  readonly line: LineOf<K>;
}

type Refusal = z.output<typeof http.refusal>;

/** What a door cannot take because of what a line says; anything else is about the way to the door. */
const ABOUT_A_LINE: readonly Fault['kind'][] = ['invalid', 'conflict'];

/**
 * Takes what a platform knows of its people in through the doors it uses every day: refs, notices, acts, guardians,
 * records, anchors, each with its own date. Every line may be sent again. What is refused is a finding.
 */
export class Importer {
  readonly #subjects = new Map<string, SubjectRef>();
  readonly #matters = new Map<string, MatterId>();

  constructor(private readonly ask: Ask) {}

  /** Lines of one kind, in their order. @throws Fault when a door cannot be reached; what was sent before stands */
  async take<K extends Kind>(kind: K, lines: readonly Numbered<K>[]): Promise<ImportFinding[]> {
    const takers: { readonly [Each in Kind]: (of: readonly Numbered<Each>[]) => Promise<ImportFinding[]> } = {
      notice: (of) => this.notices(of),
      consent: (of) => this.consents(of),
      guardian: (of) => this.guardians(of),
      record: (of) => this.records(of),
      anchor: (of) => this.anchors(of),
    };
    const taker = takers[kind];
    return taker(lines).catch(async (error: unknown) => {
      if (!(error instanceof Fault) || !ABOUT_A_LINE.includes(error.kind)) throw error;
      const [only, ...more] = lines;
      if (only === undefined) return [];
      if (more.length === 0) return [faultOf(only, error)];
      // A door takes all of a batch or nothing: alone, each line answers for itself.
      const findings: ImportFinding[] = [];
      for (const line of lines) findings.push(...(await this.take(kind, [line])));
      return findings;
    });
  }

  private async notices(lines: readonly Numbered<'notice'>[]): Promise<ImportFinding[]> {
    const notices = [];
    for (const { line } of lines) {
      const { person, about, version, at, channel, language, says } = line;
      notices.push({
        subject: await this.subject(person),
        about,
        version,
        at,
        channel,
        language,
        says,
        asks: false,
        imported: true,
      });
    }
    const { outcomes } = await this.ask(http.ShowNotices, { body: { notices } });
    return outcomes.flatMap((outcome, index) =>
      (outcome.outcome === 'refused' ? [outcome.refusal] : (outcome.findings ?? [])).map((each) =>
        findingOf(lines[index], each),
      ),
    );
  }

  private async consents(lines: readonly Numbered<'consent'>[]): Promise<ImportFinding[]> {
    const acts = [];
    for (const { line } of lines) {
      const { kind: _kind, person, at, notice, level, ...rest } = line;
      const known = Object.entries({ at, notice, level }).filter(([, value]) => value !== 'unknown');
      const unknown = (['at', 'notice', 'level'] as const).filter((key) => line[key] === 'unknown');
      acts.push({
        ...rest,
        ...(Object.fromEntries(known) as Pick<z.input<typeof http.consentAct>, 'at' | 'notice' | 'level'>),
        subject: await this.subject(person),
        imported: { unknown: [...unknown] },
      });
    }
    const { outcomes } = await this.ask(http.ActOnConsent, { body: { acts } });
    return outcomes.flatMap((outcome, index): ImportFinding[] => {
      if (outcome.outcome === 'refused') return [findingOf(lines[index], outcome.refusal)];
      const findings = outcome.outcome === 'recorded' ? (outcome.findings ?? []) : [];
      return findings.map((finding) => findingOf(lines[index], finding));
    });
  }

  private async guardians(lines: readonly Numbered<'guardian'>[]): Promise<ImportFinding[]> {
    const findings: ImportFinding[] = [];
    for (const { number, line } of lines) {
      const { child, birthday, guardianVerified, guardian, at } = line;
      if (child === undefined && birthday === undefined) {
        findings.push({ line: number, code: 'age-unknown', field: 'child' });
        continue;
      }
      // Nobody knows since when: the guardian counts from today, which helps no record of before.
      if (at === 'unknown' && guardianVerified)
        findings.push({ line: number, code: 'guardian-date-unknown', field: 'at' });
      const answer = await this.ask(http.StateGuardian, {
        body: {
          subject: await this.subject(line.person),
          ...(child === undefined ? {} : { child }),
          ...(birthday === undefined ? {} : { birthday }),
          ...(guardian === undefined ? {} : { guardian: await this.subject(guardian) }),
          guardianVerified,
          ...(at === 'unknown' ? {} : { at }),
        },
      });
      if (answer.guardian === 'missing') findings.push({ line: number, code: 'guardian-consent-required' });
    }
    return findings;
  }

  private async records(lines: readonly Numbered<'record'>[]): Promise<ImportFinding[]> {
    const findings: ImportFinding[] = [];
    const submissions = [];
    for (const { number, line } of lines) {
      const { kind: _kind, person, id, collectedAt, notice, matter, others, ...rest } = line;
      const subject = await this.subject(person);
      // Nobody knows since when: its period counts from today, which is no earlier than the truth, and somebody should look.
      if (collectedAt === 'unknown')
        findings.push({ line: number, code: 'collected-at-unknown', field: 'collectedAt' });
      submissions.push({
        ...rest,
        idempotencyKey: `import-${createHash('sha256')
          .update(JSON.stringify([person, id]))
          .digest('base64url')}`,
        subject,
        ...(collectedAt === 'unknown' ? {} : { collectedAt }),
        ...(notice === undefined || notice === 'unknown' ? {} : { notice }),
        ...(matter === undefined ? {} : { matter: await this.matter(subject, matter) }),
        others: await Promise.all(
          others.map(async (other) => ({
            subject: await this.subject(other.person),
            declaration: other.declaration,
            fields: other.fields,
          })),
        ),
      });
    }
    const { answers } = await this.ask(http.Collect, { body: { submissions } });
    return [
      ...findings,
      ...answers.flatMap((answer, index) =>
        answer.outcome === 'refused' ? [findingOf(lines[index], answer.refusal)] : [],
      ),
    ];
  }

  private async anchors(lines: readonly Numbered<'anchor'>[]): Promise<ImportFinding[]> {
    const anchors = [];
    for (const { line } of lines) {
      const subject = await this.subject(line.person);
      anchors.push({ matter: await this.matter(subject, line.matter), subject, anchor: line.anchor, at: line.at });
    }
    await this.ask(http.StateAnchor, { body: { anchors } });
    return [];
  }

  private async subject(userId: string): Promise<SubjectRef> {
    const known = this.#subjects.get(userId) ?? (await this.ask(http.SubjectOf, { body: { userId } })).subject;
    this.#subjects.set(userId, known);
    return known;
  }

  private async matter(subject: SubjectRef, { kind, id }: { kind: string; id: string }): Promise<MatterId> {
    const key = JSON.stringify([subject, kind, id]);
    const known =
      this.#matters.get(key) ?? (await this.ask(http.MatterOf, { body: { subject, kind, platformId: id } })).matter;
    this.#matters.set(key, known);
    return known;
  }
}

const findingOf = (
  of: { readonly number: number } | undefined,
  { code, clause, field, text }: Refusal,
): ImportFinding => ({
  line: of?.number ?? 0,
  code,
  clause,
  field,
  text,
});

/** What a door says against a line that stood alone; the field without the place in the batch. */
const faultOf = ({ number }: { readonly number: number }, { code, field, message }: Fault): ImportFinding => ({
  line: number,
  code: code.replace(/^.*\//, ''),
  field: field?.replace(/^[a-z]+\.0\./, ''),
  text: message,
});
