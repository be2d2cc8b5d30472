import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { tenantId } from '@lethe/kernel';
import { freePort } from '@lethe/testing';
import { describePlace } from './place.contract.ts';
import { S3Place } from './s3-place.ts';

/** A real S3Proxy on files, on a port of its own: `tools/ci/s3proxy` brings the program. */
const program = process.env['LETHE_TEST_S3PROXY'] ?? '';
const keys = { accessKeyId: 'of-this-test', secretAccessKey: 'only-for-this-test' };
const folder = mkdtempSync(join(tmpdir(), 'lethe-s3-'));
let server: ChildProcess;
let endpoint = '';
let client: S3Client;

beforeAll(async () => {
  endpoint = `http://127.0.0.1:${String(await freePort())}`;
  mkdirSync(join(folder, 'data'));
  const configuration = {
    's3proxy.endpoint': endpoint,
    's3proxy.authorization': 'aws-v2-or-v4',
    's3proxy.identity': keys.accessKeyId,
    's3proxy.credential': keys.secretAccessKey,
    'jclouds.provider': 'filesystem-nio2',
    'jclouds.identity': 'none',
    'jclouds.credential': 'none',
    'jclouds.filesystem.basedir': join(folder, 'data'),
  };
  const file = join(folder, 's3proxy.conf');
  writeFileSync(
    file,
    Object.entries(configuration)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
  );
  server = spawn('java', ['-Xmx256m', '-jar', program, '--properties', file], { stdio: 'ignore' });
  const credentials = keys;
  const plain = { requestChecksumCalculation: 'WHEN_REQUIRED', forcePathStyle: true } as const;
  client = new S3Client({ endpoint, region: 'us-east-1', credentials, ...plain });
  for (;;) {
    if (server.exitCode !== null) throw new Error('S3Proxy has ended');
    const up = await fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (up) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const Bucket of ['backups', 'isolation']) await client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

const placeOf = (isolationKeys: typeof keys | undefined): S3Place =>
  new S3Place({
    endpoint,
    region: 'us-east-1',
    backups: { bucket: 'backups', keys },
    isolation: { bucket: 'isolation', keys: isolationKeys },
  });

describePlace('backups in an S3-compatible store', () => {
  const objects = async (Bucket: string): Promise<string[]> =>
    ((await client.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).flatMap(({ Key }) => Key ?? []);
  return Promise.resolve({
    place: placeOf(keys),
    lying: async () => ({ available: await objects('backups'), isolated: await objects('isolation') }),
  });
});

test('a service without keys to the isolated bucket neither isolates nor claims that all is removed', async () => {
  const place = placeOf(undefined);
  for (const act of [place.isolate(tenantId('a-tenant'), 'one'), place.remove(tenantId('a-tenant'), 'one')])
    await expect(act).rejects.toMatchObject({ kind: 'forbidden', code: 'platform/no-isolation' });
});

test('what a process that was killed in the middle of an upload has left there goes with the backup, and no other does', async () => {
  const tenant = tenantId('killed');
  const begun = async (backup: string) => {
    const object = { Bucket: 'backups', Key: `${tenant}/${backup}/collection.sealed` };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
    const Body = Buffer.alloc(5 * 1_048_576, backup);
    await client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body }));
  };
  const left = async () =>
    ((await client.send(new ListMultipartUploadsCommand({ Bucket: 'backups' }))).Uploads ?? []).map(({ Key }) => Key);
  await begun('one');
  await begun('other');
  expect(await left()).toHaveLength(2);
  expect(await placeOf(keys).remove(tenant, 'one')).toBe(true);
  expect(await left()).toEqual([`${tenant}/other/collection.sealed`]);
});
