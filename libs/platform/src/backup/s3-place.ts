import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  NoSuchKey,
  paginateListObjectsV2,
  S3Client,
  type ListMultipartUploadsCommandOutput,
  type ListObjectVersionsCommandOutput,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Fault, type TenantId } from '@lethe/kernel';
import { z } from 'zod';
import { liesThere, nameOf, noSuchPart, type BackupPart, type BackupPlace } from './place.ts';

/** One bucket and the key pair that reaches it: a secret file, never the environment. */
export const bucketKeys = z.strictObject({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) });
export type BucketKeys = z.output<typeof bucketKeys>;

export interface S3Options {
  /** `https://s3.example.org`. */
  readonly endpoint: string;
  readonly region: string;
  /** What is available; every service writes its part here. */
  readonly backups: { readonly bucket: string; readonly keys: BucketKeys };
  /** What is isolated; its keys are with retention, which moves backups here, and collection, whose quarantine reads them. */
  readonly isolation: { readonly bucket: string; readonly keys?: BucketKeys | undefined };
  /** Milliseconds without a byte; two minutes unless said. */
  readonly silenceAtMostMs?: number;
}

/** Milliseconds until a store that nobody reaches is away. */
const CONNECT_WITHIN_MS = 10_000;
/** Milliseconds without a byte after which a request is given up, and made anew; longer than two parts of an upload take, while what is read waits for them. */
const SILENCE_AT_MOST_MS = 120_000;

interface Bucket {
  readonly client: S3Client;
  readonly name: string;
}

/** A version of an object, or an upload of one; a bucket without versions has one of each, without an id. */
interface Version {
  readonly key: string;
  readonly id?: string | undefined;
}

/**
 * Backups in an S3-compatible store: two buckets, keys `<tenant>/<backup>/<service>.sealed`. A bucket that keeps versions is a
 * backup of the backup: removing takes every version and every delete marker, and what a lock keeps is seen to be left.
 */
export class S3Place implements BackupPlace {
  readonly #backups: Bucket;
  readonly #isolation: Bucket | undefined;

  constructor(options: S3Options) {
    const { endpoint, region, backups, isolation, silenceAtMostMs: socketTimeout = SILENCE_AT_MOST_MS } = options;
    const bucket = (name: string, credentials: BucketKeys): Bucket => ({
      name,
      client: new S3Client({
        endpoint,
        region,
        credentials,
        forcePathStyle: true,
        maxAttempts: 5,
        requestHandler: { connectionTimeout: CONNECT_WITHIN_MS, socketTimeout },
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
      }),
    });
    this.#backups = bucket(backups.bucket, backups.keys);
    this.#isolation = isolation.keys === undefined ? undefined : bucket(isolation.bucket, isolation.keys);
  }

  async write(part: BackupPart, content: Readable): Promise<void> {
    if (part.of !== 'taken') {
      const lying = await this.#get(this.#backups, keyOf(part));
      lying?.destroy();
      if (lying !== undefined) throw liesThere();
    }
    await this.#upload(this.#backups, keyOf(part), content);
  }

  async read(part: BackupPart): Promise<Readable> {
    for (const bucket of this.#reachable()) {
      const found = await this.#get(bucket, keyOf(part));
      if (found !== undefined) return found;
    }
    throw noSuchPart();
  }

  async isolate(tenant: TenantId, backup: string): Promise<void> {
    const isolation = this.#needIsolation();
    const found = await this.#objects(this.#backups, prefixOf(tenant, backup));
    for (const key of found) {
      const content = await this.#get(this.#backups, key);
      if (content !== undefined) await this.#upload(isolation, key, content);
    }
    for (const version of await this.#versions(this.#backups, prefixOf(tenant, backup)))
      await this.#delete(this.#backups, version);
  }

  async remove(tenant: TenantId, backup: string): Promise<boolean> {
    const prefix = prefixOf(tenant, backup);
    const buckets = [this.#backups, this.#needIsolation()];
    for (const bucket of buckets)
      for (const version of await this.#versions(bucket, prefix)) await this.#delete(bucket, version);
    for (const bucket of buckets)
      for (const upload of await this.#uploads(bucket, prefix)) await this.#abort(bucket, upload);
    const left = await Promise.all(
      buckets.flatMap((bucket) => [this.#versions(bucket, prefix), this.#uploads(bucket, prefix)]),
    );
    return left.every((found) => found.length === 0);
  }

  #reachable(): Bucket[] {
    return this.#isolation === undefined ? [this.#backups] : [this.#backups, this.#isolation];
  }

  #needIsolation(): Bucket {
    if (this.#isolation === undefined)
      throw new Fault('forbidden', 'platform/no-isolation', 'this service has no keys to where isolated backups lie');
    return this.#isolation;
  }

  /** In parts; the object is there when the last one is, or not at all. */
  async #upload({ client, name }: Bucket, key: string, content: Readable): Promise<void> {
    await said(new Upload({ client, params: { Bucket: name, Key: key, Body: content }, queueSize: 2 }).done());
  }

  async #get({ client, name }: Bucket, key: string): Promise<Readable | undefined> {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: name, Key: key }));
      return Body instanceof Readable ? Body : undefined;
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw storeFault(error);
    }
  }

  async #delete({ client, name }: Bucket, { key, id }: Version): Promise<void> {
    await said(client.send(new DeleteObjectCommand({ Bucket: name, Key: key, VersionId: id })));
  }

  async #objects({ client, name }: Bucket, prefix: string): Promise<string[]> {
    const keys: string[] = [];
    try {
      for await (const page of paginateListObjectsV2({ client }, { Bucket: name, Prefix: prefix }))
        keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
    } catch (error) {
      throw storeFault(error);
    }
    return keys;
  }

  /** Begun by a process that was killed: what of them has arrived lies there, and is listed as no object. */
  async #uploads({ client, name }: Bucket, prefix: string): Promise<Version[]> {
    const uploads: Version[] = [];
    let page: ListMultipartUploadsCommandOutput | undefined;
    do {
      page = await said(
        client.send(
          new ListMultipartUploadsCommand({
            Bucket: name,
            Prefix: prefix,
            KeyMarker: page?.NextKeyMarker,
            UploadIdMarker: page?.NextUploadIdMarker,
          }),
        ),
      );
      for (const { Key, UploadId } of page.Uploads ?? [])
        if (Key !== undefined && UploadId !== undefined && Key.startsWith(prefix))
          uploads.push({ key: Key, id: UploadId });
    } while (page.IsTruncated === true);
    return uploads;
  }

  async #abort({ client, name }: Bucket, { key, id }: Version): Promise<void> {
    await said(client.send(new AbortMultipartUploadCommand({ Bucket: name, Key: key, UploadId: id })));
  }

  /** All that is kept of it. A store that does not know of versions is asked for what it lists. */
  async #versions(bucket: Bucket, prefix: string): Promise<Version[]> {
    if (!(await this.#keepsVersions(bucket))) return (await this.#objects(bucket, prefix)).map((key) => ({ key }));
    const versions: Version[] = [];
    let page: ListObjectVersionsCommandOutput | undefined;
    do {
      page = await said(
        bucket.client.send(
          new ListObjectVersionsCommand({
            Bucket: bucket.name,
            Prefix: prefix,
            KeyMarker: page?.NextKeyMarker,
            VersionIdMarker: page?.NextVersionIdMarker,
          }),
        ),
      );
      for (const { Key, VersionId } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])])
        if (Key !== undefined) versions.push({ key: Key, id: VersionId });
    } while (page.IsTruncated === true);
    return versions;
  }

  /** A bucket whose versions were suspended still keeps the old ones. */
  async #keepsVersions({ client, name }: Bucket): Promise<boolean> {
    try {
      const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: name }));
      return Status !== undefined;
    } catch (error) {
      if ((error as { readonly name?: string }).name === 'NotImplemented') return false;
      throw storeFault(error);
    }
  }
}

const said = <Answer>(answer: Promise<Answer>): Promise<Answer> =>
  answer.catch((error: unknown) => {
    throw storeFault(error);
  });

/**
 * What the store says, or that it says nothing; anything else passes unchanged, what broke the content among it. It may be put right,
 * so all of it is tried again.
 */
function storeFault(error: unknown): unknown {
  const { name, $metadata: about } = error as {
    readonly name?: string;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  if (error instanceof Fault || about === undefined) return error;
  if (name === 'NoSuchBucket')
    return new Fault('unavailable', 'platform/no-bucket', 'the store of the backups has no such bucket');
  if (about.httpStatusCode === 401 || about.httpStatusCode === 403)
    return new Fault('unavailable', 'platform/bucket-denied', 'the store of the backups does not take these keys');
  return new Fault('unavailable', 'platform/bucket-away', 'the store of the backups does not answer, or cannot');
}

const prefixOf = (tenant: TenantId, backup: string): string => `${tenant}/${backup}/`;
const keyOf = (part: BackupPart): string => `${prefixOf(part.tenant, part.backup)}${nameOf(part)}`;
