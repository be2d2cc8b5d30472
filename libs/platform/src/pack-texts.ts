import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Fault, type Database, type Sql } from '@lethe/kernel';
import { writeDurably } from '@lethe/ledger';
import { inspectPack, parsePack, PolicyFault, type Pack } from '@lethe/policy';
import { z } from 'zod';

/** The text of one version of a pack. */
export interface PackSource {
  /** `policy.yaml` */
  readonly policy: string;
  /** `clauses.yaml` */
  readonly clauses?: string | undefined;
  /** `deployer.yaml`: what the policy leaves to whoever runs the tenant. */
  readonly deployer?: string | undefined;
}

/** Asks consent for a text this machine does not have. */
export type AskForPack = (digest: string) => Promise<PackSource>;

/** Packs parsed in this process, by digest: each a pure function of its text, so any service and tenant may share one. */
const PARSED = new Map<string, Pack>();
const MOST_PARSED = 64;

function remember(pack: Pack): Pack {
  const oldest = PARSED.size >= MOST_PARSED ? PARSED.keys().next().value : undefined;
  if (oldest !== undefined) PARSED.delete(oldest);
  PARSED.set(pack.digest, pack);
  return pack;
}

/** A name from outside never leaves the folder of packs. */
const NAME = /^[a-z][a-z0-9-]{0,63}$/;
const DIGEST = /^[0-9a-f]{64}$/;
const archived = z.strictObject({
  policy: z.string(),
  clauses: z.string().optional(),
  deployer: z.string().optional(),
});
const VERSION = /^[0-9][0-9A-Za-z.-]{0,31}$/;

/**
 * Where the texts of packs are: in folders (`<pack>/policy.yaml` the newest, `<pack>/versions/<version>/policy.yaml` the
 * earlier ones), in this service's own database, in a file beside the marks (the database may be lost), or with consent, asked
 * once and then kept.
 */
export class PackTexts {
  readonly #folders = new Map<string, { readonly pack: Pack; readonly folder: string }>();
  readonly #coming = new Map<string, Promise<Pack>>();
  readonly #writing = new Map<string, Promise<void>>();

  constructor(
    private readonly folder: string,
    private readonly database: Database,
    private readonly ask?: AskForPack,
    /** Where texts that were sent lie as files; absent: nowhere. */
    private readonly archive?: string,
  ) {}

  /** A pack of the folder; the newest unless a version is named. @throws PolicyFault; Fault `missing` `platform/pack-unknown`, `platform/version-unknown` */
  named(name: string, version?: string): Pack {
    const newest = this.#read(name, join(this.folder, name));
    if (version === undefined || newest.version === version) return newest;
    const folder = join(this.folder, name, 'versions', version);
    if (!VERSION.test(version) || !existsSync(join(folder, 'policy.yaml')))
      throw new Fault(
        'missing',
        'platform/version-unknown',
        'this installation has no such version of the pack',
        'version',
      );
    return this.#read(name, folder);
  }

  /** The pack with exactly this text. @throws Fault `unavailable` where nobody who answers has it */
  async byDigest(name: string, digest: string): Promise<Pack> {
    const parsed = PARSED.get(digest);
    if (parsed !== undefined) return parsed;
    let coming = this.#coming.get(digest);
    if (coming === undefined) {
      coming = this.#find(name, digest).finally(() => this.#coming.delete(digest));
      this.#coming.set(digest, coming);
    }
    return coming;
  }

  /** The text behind a digest; undefined where this machine has none. */
  async source(digest: string, name?: string): Promise<PackSource | undefined> {
    const inFolder = name === undefined ? undefined : this.#inFolder(name, digest);
    if (inFolder !== undefined) return readFolder(inFolder.folder);
    const [row] = await this.database.transaction((sql) =>
      sql.query<{ policy: string; clauses: string | null; deployer: string | null }>(
        'select policy, clauses, deployer from known_pack where digest = $1',
        [digest],
      ),
    );
    return row === undefined ? this.#archived(digest) : sourceOf(row);
  }

  /** Texts of the database that lie in no file yet: from before there were files, or of another home. */
  async archiveAll(): Promise<void> {
    if (this.archive === undefined) return;
    const kept = await this.database.transaction((sql) =>
      sql.query<{ digest: string; policy: string; clauses: string | null; deployer: string | null }>(
        'select digest, policy, clauses, deployer from known_pack where not digest = any($1::text[])',
        [this.#digestsArchived()],
      ),
    );
    for (const { digest, ...row } of kept) await this.#write(digest, sourceOf(row));
  }

  /** Keeps a text for good: it can be added and read, never changed or removed. @throws PolicyFault */
  async keep(sql: Sql, source: PackSource): Promise<Pack> {
    const pack = parse(source);
    await this.#write(pack.digest, source);
    await sql.query(
      'insert into known_pack (digest, pack, version, policy, clauses, deployer) values ($1, $2, $3, $4, $5, $6) on conflict do nothing',
      [pack.digest, pack.pack, pack.version, source.policy, source.clauses ?? null, source.deployer ?? null],
    );
    return PARSED.get(pack.digest) ?? remember(pack);
  }

  async #find(name: string, digest: string): Promise<Pack> {
    const inFolder = this.#inFolder(name, digest);
    if (inFolder !== undefined) return remember(inFolder.pack);
    const kept = await this.source(digest);
    if (kept !== undefined) return remember(parse(kept));
    const told = await this.ask?.(digest).catch((error: unknown) => {
      // A pack edited in place is another law than the one the tenant was opened under.
      if (error instanceof Fault && error.kind === 'missing') return undefined;
      throw error;
    });
    const pack = told && (await this.database.transaction((sql) => this.keep(sql, told)));
    if (pack?.digest !== digest)
      throw new Fault(
        'unavailable',
        'platform/pack-changed',
        'the pack on this machine is not the one the tenant is under',
      );
    return pack;
  }

  #digestsArchived(): string[] {
    if (this.archive === undefined || !existsSync(this.archive)) return [];
    return readdirSync(this.archive).flatMap((name) => /^([0-9a-f]{64})\.json$/.exec(name)?.[1] ?? []);
  }

  async #write(digest: string, source: PackSource): Promise<void> {
    if (this.archive === undefined) return;
    mkdirSync(this.archive, { recursive: true, mode: 0o700 });
    const path = join(this.archive, `${digest}.json`);
    if (existsSync(path)) return;
    let writing = this.#writing.get(digest);
    if (writing === undefined) {
      writing = writeDurably(path, JSON.stringify(source)).finally(() => this.#writing.delete(digest));
      this.#writing.set(digest, writing);
    }
    await writing;
  }

  /** The text in a file, if it is what its name says. */
  #archived(digest: string): PackSource | undefined {
    if (this.archive === undefined || !DIGEST.test(digest)) return undefined;
    const path = join(this.archive, `${digest}.json`);
    if (!existsSync(path)) return undefined;
    const source = archived.parse(JSON.parse(readFileSync(path, 'utf8')));
    return parse(source).digest === digest ? source : undefined;
  }

  #inFolder(name: string, digest: string): { readonly pack: Pack; readonly folder: string } | undefined {
    if (!NAME.test(name) || !existsSync(join(this.folder, name, 'policy.yaml'))) return undefined;
    const earlier = join(this.folder, name, 'versions');
    const folders = [
      join(this.folder, name),
      ...(existsSync(earlier) ? readdirSync(earlier).map((version) => join(earlier, version)) : []),
    ];
    for (const folder of folders) {
      const pack = this.#read(name, folder);
      if (pack.digest === digest) return { pack, folder };
    }
    return undefined;
  }

  #read(name: string, folder: string): Pack {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known.pack;
    if (!NAME.test(name) || !existsSync(join(folder, 'policy.yaml'))) throw unknown();
    const { pack, findings } = inspectPack(folder);
    // Whoever asks over HTTP hears what is wrong, and not where this machine keeps its files.
    if (pack === undefined)
      throw new PolicyFault(findings.map((each) => ({ ...each, file: relative(this.folder, each.file) })));
    this.#folders.set(folder, { pack, folder });
    return pack;
  }
}

const unknown = (): Fault => new Fault('missing', 'platform/pack-unknown', 'no such pack in this installation', 'pack');

const parse = ({ policy, clauses, deployer }: PackSource): Pack =>
  parsePack(policy, 'policy.yaml', {
    ...(clauses === undefined ? {} : { clauses: { text: clauses, file: 'clauses.yaml' } }),
    ...(deployer === undefined ? {} : { deployer: { text: deployer, file: 'deployer.yaml' } }),
  });

const sourceOf = (row: { policy: string; clauses: string | null; deployer: string | null }): PackSource => ({
  policy: row.policy,
  ...(row.clauses === null ? {} : { clauses: row.clauses }),
  ...(row.deployer === null ? {} : { deployer: row.deployer }),
});

function readFolder(folder: string): PackSource {
  const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : null);
  return sourceOf({
    policy: readFileSync(join(folder, 'policy.yaml'), 'utf8'),
    clauses: read('clauses.yaml'),
    deployer: read('deployer.yaml'),
  });
}
