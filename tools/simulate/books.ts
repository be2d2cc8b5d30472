import type { SubjectRef, TenantId } from '@lethe/kernel';
import type { OpenItem } from '@lethe/sealing';
import { freeFrom, goesBy, type Version } from './versions.ts';
import type { World } from './world.ts';

export interface Person {
  readonly name: string;
  readonly subject: SubjectRef;
  /** An erasure has been asked for, whatever became of the answer. */
  erasing: boolean;
}

/** A part as it was when the harness first saw its row: what a copy of the database would still have. */
export interface Copy {
  readonly name: string;
  readonly part: string;
  readonly person: Person;
  readonly purpose: string;
  readonly class: string;
  /** The day for which it is dated, and under whose key it lies. */
  readonly dated: string;
  /** The day on which it goes by the versions in force: that one, or an earlier one. */
  disposal: string;
  /** From this day on no floor keeps it. */
  readonly free: string;
  readonly consentVersion: number;
  readonly item: OpenItem;
  stored: boolean;
  opens: boolean;
  /** Somebody has deleted its row by hand, and no restore has said since what became of it. */
  lost: boolean;
  /** It was let go, and not by hand: nothing brings it back. */
  gone: boolean;
}

export interface Backup {
  readonly name: string;
  readonly backup: string;
  /** What lay in the vault when collection took its part; undefined: it has not. What came or went in that step is not in it. */
  holds?: ReadonlySet<Copy>;
}

export interface Restore {
  readonly name: string;
  readonly restore: string;
  readonly of: Backup;
  /** Confirming: asked for, whatever became of the answer. */
  state: 'proposed' | 'confirming' | 'confirmed' | 'over';
}

/** What a restore said that it did, and what was then to be seen of what had been lost before it. */
export interface Report {
  readonly name: string;
  readonly restored: number;
  readonly dropped: number;
  readonly unrecoverable: number;
  readonly lost: readonly Readonly<Lost>[];
}

/** A copy that was lost before a restore, as it was found after it. */
export interface Lost {
  readonly copy: Copy;
  readonly wasInTheBackup: boolean;
  /** No key has opened it, before anything of the backup was let in. */
  readonly wasDead: boolean;
  readonly stored: boolean;
  readonly opens: boolean;
  readonly listed: boolean;
}

export interface Hold {
  readonly name: string;
  readonly person: Person;
  hold?: string;
  /** How many parts the answer says that it keeps; undefined: nobody was answered. */
  parts?: number;
  /** Placing and releasing: asked for and not answered. */
  state: 'placing' | 'in-force' | 'refused' | 'releasing' | 'released';
}

/** A hold as collection has it. */
export interface Recorded {
  /** Every copy that was stored when the harness first saw it. */
  readonly over: readonly Copy[];
  /** What a restore may have brought back before it or after it: both were first seen together. */
  readonly perhaps: readonly Copy[];
  lifted: boolean;
}

/** What stands about one purpose of one person, as far as the doors have said. */
export interface Standing {
  readonly person: Person;
  readonly purpose: string;
  /** The highest version a withdrawal may have; 0: none was asked for. */
  withdrawn: number;
  /** Machine time from which nothing may be admitted; undefined: a consent may stand. */
  endsAt?: number | undefined;
  acts: number;
}

export interface Request {
  readonly name: string;
  readonly person: Person;
  readonly key: string;
  request?: string;
  receipt?: string;
}

interface Row {
  readonly part: string;
  readonly subject: SubjectRef;
  readonly purpose: string;
  readonly compartment: string;
  readonly class: string;
  readonly disposal: string;
  readonly consent_version: number | null;
  readonly sealed: Buffer;
}

type RestoreReport = Pick<Report, 'restored' | 'dropped' | 'unrecoverable'> & {
  readonly lost: readonly { readonly part?: string }[];
};

const isUnderWay = ({ state }: Restore): boolean => state === 'confirming' || state === 'confirmed';

/** Everything the harness knows of one seed, from answers and from looking at the rows of the vault. */
export class Books {
  readonly people: Person[] = [];
  readonly copies: Copy[] = [];
  readonly holds: Hold[] = [];
  /** By hold, what collection has ever recorded as in force. */
  readonly recorded = new Map<string, Recorded>();
  readonly standings: Standing[] = [];
  readonly requests: Request[] = [];
  readonly backups: Backup[] = [];
  readonly restores: Restore[] = [];
  /** Versions of the pack that somebody has proposed, and those that were activated, in the order in which they begin. */
  readonly proposed: Version[] = [];
  versions: readonly Version[] = [];
  /** Of restores that have reported since the harness last heard. */
  readonly reports: Report[] = [];
  /** Submissions that were not answered, to be sent again. */
  readonly unanswered: { readonly person: Person; readonly purpose: string; readonly key: string }[] = [];
  /** Days, as `class day`, whose keys collection has said are dead. */
  dead: ReadonlySet<string> = new Set();
  /** Backups that collection has said are isolated, and how the keyring keeps their keys. */
  isolated: readonly { readonly name: string; readonly key: string | undefined }[] = [];
  /** Legal time, as far as anybody may know it. */
  legal: number;

  readonly #world: World;
  readonly #tenant: TenantId;

  constructor(world: World, tenant: TenantId, legal: number) {
    this.#world = world;
    this.#tenant = tenant;
    this.legal = legal;
  }

  /** The tenant's local day. */
  get today(): string {
    return new Date(this.legal + 8 * 3_600_000).toISOString().slice(0, 10);
  }

  standing(person: Person, purpose: string): Standing {
    const known = this.standings.find((one) => one.person === person && one.purpose === purpose);
    if (known !== undefined) return known;
    const made = { person, purpose, withdrawn: 0, acts: 0 };
    this.standings.push(made);
    return made;
  }

  /** Looks at the rows of the vault. A row that is new here is copied. */
  async look(): Promise<void> {
    const rows = await this.#world.look<Row>(
      'collection',
      'select part, subject, purpose, compartment, class, disposal, consent_version, sealed from part where tenant = $1 order by part',
      [this.#tenant],
    );
    const there = new Set(rows.map(({ part }) => part));
    const before = new Set(this.copies.filter(({ stored }) => stored));
    for (const copy of this.copies) {
      copy.stored = there.has(copy.part);
      if (before.has(copy) && !copy.stored && !copy.lost) copy.gone = true;
    }
    for (const row of rows) {
      if (this.copies.some(({ part }) => part === row.part)) continue;
      const person = this.people.find(({ subject }) => subject === row.subject);
      if (person === undefined) throw new Error('a part of nobody');
      this.copies.push({
        name: `p${String(this.copies.length + 1)}`,
        person,
        part: row.part,
        purpose: row.purpose,
        class: row.class,
        dated: row.disposal,
        disposal: row.disposal,
        free: freeFrom(row.class, row.disposal),
        consentVersion: row.consent_version ?? 0,
        item: {
          part: row.part,
          subject: row.subject,
          compartment: row.compartment,
          sealed: row.sealed,
          time: { kind: 'day', day: row.disposal, class: row.class },
        } as OpenItem,
        stored: true,
        opens: true,
        lost: false,
        gone: false,
      });
    }
    await this.#lookAtVersions();
    await this.#lookAtHolds();
    if (this.backups.some(({ holds }) => holds === undefined)) await this.#lookAtBackups(before);
    if (this.restores.some(isUnderWay)) await this.#lookAtRestores();
  }

  /** A version is activated when consent says so, whoever has heard of it. */
  async #lookAtVersions(): Promise<void> {
    if (this.proposed.length > this.versions.length) {
      const rows = await this.#world.look<{ version: string }>(
        'consent',
        'select version from pack_proposal where tenant = $1 and confirmed_at is not null order by effective_from',
        [this.#tenant],
      );
      this.versions = rows.map((row) => this.proposed.find(({ version }) => version === row.version)!);
    }
    for (const copy of this.copies) copy.disposal = goesBy(copy.class, copy.dated, this.versions, this.today);
  }

  /* A hold is recorded in a step in which nothing is admitted: what is stored when it is first seen is what it was judged on. */
  async #lookAtHolds(): Promise<void> {
    const rows = await this.#world.look<{ hold: string; state: string }>(
      'collection',
      `select hold, state from hold where tenant = $1 and state <> 'too-late'`,
      [this.#tenant],
    );
    for (const { hold, state } of rows) {
      const known = this.recorded.get(hold) ?? {
        over: this.copies.filter(({ stored, lost }) => stored && !lost),
        perhaps: this.copies.filter(({ stored, lost }) => stored && lost),
        lifted: false,
      };
      known.lifted = state === 'lifted';
      this.recorded.set(hold, known);
    }
  }

  /** @param before what was stored when the step began in which a part of a backup may have been taken */
  async #lookAtBackups(before: ReadonlySet<Copy>): Promise<void> {
    const rows = await this.#world.look<{ backup: string }>(
      'collection',
      'select backup from backup_task where tenant = $1 and done_at is not null',
      [this.#tenant],
    );
    for (const { backup } of rows) {
      const known = this.backups.find((one) => one.backup === backup);
      if (known !== undefined) known.holds ??= new Set([...before].filter(({ stored }) => stored));
    }
  }

  async #lookAtRestores(): Promise<void> {
    const done = await this.#world.look<{ restore: string; report: RestoreReport }>(
      'collection',
      'select restore, report from restored where tenant = $1',
      [this.#tenant],
    );
    const failed = await this.#world.look<{ restore: string }>(
      'retention',
      'select restore from restore where tenant = $1 and failed is not null',
      [this.#tenant],
    );
    for (const restore of this.restores.filter(isUnderWay)) {
      const row = done.find((one) => one.restore === restore.restore);
      if (row !== undefined) this.reports.push(await this.#report(restore, row.report));
      if (row !== undefined || failed.some((one) => one.restore === restore.restore)) restore.state = 'over';
    }
  }

  /** What a restore brought back is nothing lost any more; what it did not stays lost. */
  async #report({ name, of }: Restore, report: RestoreReport): Promise<Report> {
    const before = new Map(this.copies.filter(({ lost }) => lost).map((copy) => [copy, !copy.opens]));
    await this.open();
    const listed = new Set(report.lost.map(({ part }) => part));
    const lost = [...before].map(([copy, wasDead]) => ({
      ...{ copy, wasDead, stored: copy.stored, opens: copy.opens },
      wasInTheBackup: of.holds?.has(copy) === true,
      listed: listed.has(copy.part),
    }));
    for (const { copy, stored } of lost) copy.lost = !stored;
    const { restored, dropped, unrecoverable } = report;
    return { name, restored, dropped, unrecoverable, lost };
  }

  /** What a hold keeps, as its person's parts were when collection recorded it; undefined: it has not. */
  over({ hold, person }: Hold): readonly Copy[] | undefined {
    return this.recorded.get(hold ?? '')?.over.filter((copy) => copy.person === person);
  }

  /** Tries every copy with the keys that live. */
  async open(): Promise<void> {
    if (this.copies.length === 0) return;
    const outcomes = await this.#world.keyring.sealer.open(
      this.#tenant,
      this.copies.map(({ item }) => item),
    );
    outcomes.forEach(({ reason }, index) => (this.copies[index]!.opens = reason === undefined));
    const days = await this.#world.look<{ day: string }>(
      'collection',
      `select class || ' ' || day as day from disposal where tenant = $1 and state in ('effective', 'swept')`,
      [this.#tenant],
    );
    this.dead = new Set(days.map(({ day }) => day));
    if (this.backups.length > 0) this.isolated = await this.#isolations();
  }

  async #isolations(): Promise<{ name: string; key: string | undefined }[]> {
    const rows = await this.#world.look<{ backup: string }>(
      'collection',
      'select backup from backup where tenant = $1 and isolated_at is not null and destroyed_at is null',
      [this.#tenant],
    );
    const named = this.backups.filter(({ backup }) => rows.some((row) => row.backup === backup));
    return Promise.all(
      named.map(async ({ name, backup }) => ({ name, key: await this.#world.backupKeyIs(this.#tenant, backup) })),
    );
  }
}
