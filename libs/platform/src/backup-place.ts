import { Fault } from '@lethe/kernel';
import { FolderPlace, type BackupPlace } from './backup/place.ts';
import { bucketKeys, S3Place, type BucketKeys } from './backup/s3-place.ts';
import type { Home } from './home/home.ts';

/** An S3-compatible store and its two buckets. Their keys are secrets of the home. */
export interface S3Buckets {
  readonly endpoint: string;
  readonly region: string;
  readonly backups: string;
  readonly isolation: string;
}

/** `{"accessKeyId": "…", "secretAccessKey": "…"}`, one file a bucket; each service has those it may use. */
const KEYS = { backups: 'backups/s3.json', isolation: 'isolation/s3.json' } as const;

/**
 * Where the backups of this home lie: its own folders, or two buckets where a store is named.
 * @throws Fault `invalid` `platform/bad-secret`, `missing` `platform/no-secret`
 */
export function backupPlaceOf(home: Home, s3: S3Buckets | undefined): BackupPlace {
  if (s3 === undefined)
    return new FolderPlace({ backups: home.folder('backups'), isolation: home.folder('isolation') });
  if (s3.backups === s3.isolation)
    throw new Fault('invalid', 'platform/one-bucket', 'isolated backups lie in a bucket of their own');
  return new S3Place({
    endpoint: s3.endpoint,
    region: s3.region,
    backups: { bucket: s3.backups, keys: read(KEYS.backups, home.secrets.need(KEYS.backups)) },
    isolation: { bucket: s3.isolation, keys: optional(KEYS.isolation, home.secrets.find(KEYS.isolation)) },
  });
}

const optional = (name: string, text: string | undefined): BucketKeys | undefined =>
  text === undefined ? undefined : read(name, text);

function read(name: string, text: string): BucketKeys {
  try {
    return bucketKeys.parse(JSON.parse(text));
  } catch {
    throw new Fault('invalid', 'platform/bad-secret', `secrets/${name} does not hold accessKeyId and secretAccessKey`);
  }
}
