import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { eventually } from './eventually.ts';

/** A real S3Proxy on files that outlive it: `tools/ci/s3proxy` brings the program. */
export class S3Store {
  #server: ChildProcess | undefined;
  readonly url: string;
  readonly keys = { accessKeyId: 'of-this-test', secretAccessKey: 'only-for-this-test' };

  /** @param data where objects lie */
  constructor(
    private readonly folder: string,
    private readonly data: string,
    port: number,
  ) {
    this.url = `http://127.0.0.1:${String(port)}`;
  }

  /** @param secret what it lets in; its own keys unless said */
  async start(secret = this.keys.secretAccessKey): Promise<void> {
    const configuration = {
      's3proxy.endpoint': this.url,
      's3proxy.authorization': 'aws-v2-or-v4',
      's3proxy.identity': this.keys.accessKeyId,
      's3proxy.credential': secret,
      'jclouds.provider': 'filesystem-nio2',
      'jclouds.identity': 'none',
      'jclouds.credential': 'none',
      'jclouds.filesystem.basedir': this.data,
    };
    const file = join(this.folder, 's3proxy.conf');
    const lines = Object.entries(configuration).map(([name, value]) => `${name}=${value}`);
    writeFileSync(file, lines.join('\n'));
    const program = process.env['LETHE_TEST_S3PROXY'] ?? '';
    this.#server = spawn('java', ['-Xmx256m', '-jar', program, '--properties', file], { stdio: 'ignore' });
    await eventually('S3Proxy answers', () =>
      fetch(this.url).then(
        () => true,
        () => false,
      ),
    );
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }

  async #with<Answer>(ask: (client: S3Client) => Promise<Answer>): Promise<Answer> {
    const credentials = this.keys;
    const client = new S3Client({ endpoint: this.url, region: 'us-east-1', credentials, forcePathStyle: true });
    try {
      return await ask(client);
    } finally {
      client.destroy();
    }
  }

  make(Bucket: string): Promise<unknown> {
    return this.#with((client) => client.send(new CreateBucketCommand({ Bucket })));
  }

  objects(Bucket: string): Promise<string[]> {
    return this.#with(async (client) =>
      ((await client.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).flatMap(({ Key }) => Key ?? []),
    );
  }

  /** Begun, and neither finished nor given up: what of them has arrived lies there and is listed nowhere else. */
  uploads(Bucket: string): Promise<string[]> {
    return this.#with(async (client) =>
      ((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).flatMap(({ Key }) => Key ?? []),
    );
  }
}
