import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Database, TenantId } from '@lethe/kernel';
import type { EpochKeys } from './epoch-keys.ts';
import { unwrapBytes, wrapBytes, type WrapContext } from './wrap.ts';

interface IntakeKeyRow {
  readonly kid: string;
  readonly public_key: string;
  readonly epoch: number;
  readonly wrapped: Buffer;
}

export const intakeContext = (tenant: string, kid: string): WrapContext => ['intake', tenant, kid];

/** X25519 key pairs to which platforms seal their sessions, one an hour and tenant. The private half is never cached. */
export class IntakeKeys {
  constructor(
    private readonly database: Database,
    private readonly epochs: EpochKeys,
  ) {}

  /** The public half, made on first use. Whoever is first, every replica answers the same. */
  async make(tenant: TenantId, kid: string): Promise<string> {
    const [known] = await this.rows(tenant, kid);
    if (known !== undefined) return known.public_key;
    const { publicKey, privateKey } = generateKeyPairSync('x25519');
    const bytes = privateKey.export({ format: 'der', type: 'pkcs8' });
    const made = await this.epochs.transaction(async (sql, epoch) => {
      const wrapped = wrapBytes(epoch.key, intakeContext(tenant, kid), bytes);
      const [row] = await sql.query<IntakeKeyRow>('select * from keyring.make_intake_key($1, $2, $3, $4, $5)', [
        tenant,
        epoch.number,
        kid,
        publicKey.export({ format: 'jwk' }).x!,
        wrapped,
      ]);
      return row!.public_key;
    });
    bytes.fill(0);
    return made;
  }

  /** The private half; undefined when it was never made or is dead. */
  async open(tenant: TenantId, kid: string): Promise<KeyObject | undefined> {
    return this.epochs.within(async () => {
      const [row] = await this.rows(tenant, kid);
      if (row === undefined) return undefined;
      const bytes = unwrapBytes(await this.epochs.key(row.epoch), intakeContext(tenant, kid), row.wrapped);
      const key = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' });
      bytes.fill(0);
      return key;
    });
  }

  async living(tenant: TenantId): Promise<string[]> {
    const rows = await this.database.transaction((sql) =>
      sql.query<{ kid: string }>('select kid from keyring.intake_key where tenant = $1 order by kid', [tenant]),
    );
    return rows.map(({ kid }) => kid);
  }

  /** Of each tenant that has one, the oldest that lives. */
  async oldest(): Promise<ReadonlyMap<TenantId, string>> {
    const rows = await this.database.transaction((sql) =>
      sql.query<{ tenant: TenantId; kid: string }>(
        'select tenant, min(kid) as kid from keyring.intake_key group by tenant',
      ),
    );
    return new Map(rows.map(({ tenant, kid }) => [tenant, kid]));
  }

  /** False when it was dead already. */
  async destroy(tenant: TenantId, kid: string): Promise<boolean> {
    const [row] = await this.database.transaction((sql) =>
      sql.query<{ gone: boolean }>('select keyring.destroy_intake_key($1, $2) as gone', [tenant, kid]),
    );
    return row?.gone === true;
  }

  private rows(tenant: TenantId, kid: string): Promise<IntakeKeyRow[]> {
    return this.database.transaction((sql) =>
      sql.query<IntakeKeyRow>('select * from keyring.intake_key where tenant = $1 and kid = $2', [tenant, kid]),
    );
  }
}
