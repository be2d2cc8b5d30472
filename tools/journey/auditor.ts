import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** A look into a cluster as nobody but an auditor with the machine in hand has it. */
export class Auditor {
  private constructor(
    private readonly address: {
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly password: string;
    },
  ) {}

  get place(): { readonly host: string; readonly port: number } {
    return { host: this.address.host, port: this.address.port };
  }

  /** What somebody needs who stays connected. */
  get login(): { readonly host: string; readonly port: number; readonly user: string; readonly password: string } {
    return this.address;
  }

  /** The two clusters of an embedded home. */
  static ofHome(home: string): { readonly data: Auditor; readonly keys: Auditor } {
    const at = (folder: string, cluster: string) =>
      new Auditor({
        host: '127.0.0.1',
        port: Number(readFileSync(join(home, folder, 'port'), 'utf8')),
        user: 'lethe_admin',
        password: readFileSync(join(home, 'secrets', `${cluster}-admin-password`), 'utf8').trim(),
      });
    return { data: at('data', 'data'), keys: at('keys/cluster', 'keys') };
  }

  static at(url: string): Auditor {
    const { hostname, port, username, password } = new URL(url);
    return new Auditor({ host: hostname, port: Number(port), user: username, password });
  }

  /** The same server, seen as a service's own login sees it. */
  as(home: string, service: string): Auditor {
    const password = readFileSync(join(home, 'secrets', service, 'database-login-password'), 'utf8').trim();
    return new Auditor({ ...this.address, user: `lethe_${service}`, password });
  }

  async rows<Row>(database: string, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ ...this.address, database });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(sql, [...values])).rows as Row[];
    } finally {
      await client.end();
    }
  }

  /** Everything in memory that belongs on the disk is on the disk. */
  async checkpoint(): Promise<void> {
    await this.rows('postgres', 'checkpoint');
  }
}
