import type { Day, Sql, TenantId } from '@lethe/kernel';

export interface PlatformKey {
  readonly kid: string;
  readonly x: string;
  readonly ended_at: Date | null;
}
export interface StoredSession {
  readonly session: string;
  readonly signer: string;
  readonly intakeKid: string;
  readonly jwe: string;
  readonly expires: Date;
}
/** Where a message stood. */
export interface Spot {
  readonly topic: string;
  readonly slot: number;
  readonly offset: bigint;
}
export interface Evidence extends Spot {
  readonly refusal: string;
  readonly sha256: string;
  readonly code: string;
  readonly size: number;
}
export interface WaitingMessage extends Spot {
  readonly value: string;
  readonly at?: Date;
}

/** Tables of the edge of one tenant, inside one transaction. */
export class EdgeStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** False when the kid stands for another key. */
  async addKey(key: { readonly kid: string; readonly x: string; readonly by: string }, now: Date): Promise<boolean> {
    await this.sql.query(
      `insert into platform_key (tenant, kid, x, registered_by, registered_at) values ($1, $2, $3, $4, $5) on conflict (tenant, kid) do nothing`,
      [this.tenant, key.kid, key.x, key.by, now],
    );
    const known = await this.key(key.kid);
    return known?.x === key.x && known.ended_at === null;
  }

  async key(kid: string): Promise<PlatformKey | undefined> {
    return (
      await this.sql.query<PlatformKey>('select kid, x, ended_at from platform_key where tenant = $1 and kid = $2', [
        this.tenant,
        kid,
      ])
    )[0];
  }

  async endKey(kid: string, now: Date): Promise<boolean> {
    const ended = await this.sql.query(
      'update platform_key set ended_at = $3 where tenant = $1 and kid = $2 and ended_at is null returning kid',
      [this.tenant, kid, now],
    );
    return ended.length > 0;
  }

  async hasKey(): Promise<boolean> {
    return (await this.sql.query('select 1 from platform_key where tenant = $1 limit 1', [this.tenant])).length > 0;
  }

  async addSessions(sessions: readonly StoredSession[], now: Date): Promise<void> {
    for (const { session, signer, intakeKid, jwe, expires } of sessions) {
      await this.sql.query(
        `insert into intake_session (tenant, session, signer, intake_kid, jwe, expires_at, at) values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
        [this.tenant, session, signer, intakeKid, jwe, expires, now],
      );
    }
  }

  /** Only as long as its signer's key has not been ended. */
  async session(session: string): Promise<StoredSession | undefined> {
    const [row] = await this.sql.query<{
      session: string;
      signer: string;
      intake_kid: string;
      jwe: string;
      expires_at: Date;
    }>(
      `select s.session, s.signer, s.intake_kid, s.jwe, s.expires_at from intake_session s
       join platform_key k on k.tenant = s.tenant and k.kid = s.signer and k.ended_at is null where s.tenant = $1 and s.session = $2`,
      [this.tenant, session],
    );
    return (
      row && {
        session: row.session,
        signer: row.signer,
        intakeKid: row.intake_kid,
        jwe: row.jwe,
        expires: row.expires_at,
      }
    );
  }

  async position(topic: string, slot: number): Promise<bigint | undefined> {
    const [row] = await this.sql.query<{ next: string }>(
      'select next from intake_position where tenant = $1 and topic = $2 and slot = $3',
      [this.tenant, topic, slot],
    );
    return row === undefined ? undefined : BigInt(row.next);
  }

  /** False when another reader has moved it: nothing of this batch may then be committed. */
  async advance(topic: string, slot: number, from: bigint | undefined, next: bigint): Promise<boolean> {
    const moved = await this.sql.query(
      `insert into intake_position (tenant, topic, slot, next) values ($1, $2, $3, $5)
       on conflict (tenant, topic, slot) do update set next = excluded.next where intake_position.next = $4 returning next`,
      [this.tenant, topic, slot, from?.toString() ?? null, next.toString()],
    );
    return moved.length > 0;
  }

  async refuse(evidence: readonly Evidence[], at: Date, disposeOn: Day): Promise<void> {
    if (evidence.length === 0) return;
    await this.sql.query(
      `insert into intake_refusal (tenant, refusal, topic, slot, "offset", sha256, code, size, at, dispose_on)
       select $1, r.*, $2, $3::date from unnest($4::uuid[], $5::text[], $6::int[], $7::bigint[], $8::text[], $9::text[], $10::bigint[]) as r`,
      [
        this.tenant,
        at,
        disposeOn,
        evidence.map((e) => e.refusal),
        evidence.map((e) => e.topic),
        evidence.map((e) => e.slot),
        evidence.map((e) => e.offset.toString()),
        evidence.map((e) => e.sha256),
        evidence.map((e) => e.code),
        evidence.map((e) => e.size),
      ],
    );
  }

  async setAside(messages: readonly WaitingMessage[], now: Date): Promise<void> {
    if (messages.length === 0) return;
    await this.sql.query(
      `insert into intake_waiting (tenant, topic, slot, "offset", value, appended_at, since)
       select $1, w.topic, w.slot, w.o, w.value, w.at, $2 from unnest($3::text[], $4::int[], $5::bigint[], $6::text[], $7::timestamptz[]) as w (topic, slot, o, value, at)
       on conflict do nothing`,
      [
        this.tenant,
        now,
        messages.map((m) => m.topic),
        messages.map((m) => m.slot),
        messages.map((m) => m.offset.toString()),
        messages.map((m) => m.value),
        messages.map((m) => m.at ?? null),
      ],
    );
  }

  /** Those that wait, oldest first, locked; what another replica has in hand is passed over. */
  async waiting(limit: number): Promise<WaitingMessage[]> {
    const rows = await this.sql.query<{
      topic: string;
      slot: number;
      offset: string;
      value: string;
      appended_at: Date | null;
    }>(
      `select topic, slot, "offset", value, appended_at from intake_waiting where tenant = $1 order by since, topic, slot, "offset" limit $2 for update skip locked`,
      [this.tenant, limit],
    );
    return rows.map(({ topic, slot, offset, value, appended_at }) => ({
      topic,
      slot,
      offset: BigInt(offset),
      value,
      ...(appended_at === null ? {} : { at: appended_at }),
    }));
  }

  async waits(): Promise<number> {
    return (
      await this.sql.query<{ n: number }>('select count(*)::int as n from intake_waiting where tenant = $1', [
        this.tenant,
      ])
    )[0]!.n;
  }

  async settle(spots: readonly Spot[]): Promise<void> {
    await this.sql.query(
      `delete from intake_waiting w using unnest($2::text[], $3::int[], $4::bigint[]) as s (topic, slot, o)
       where w.tenant = $1 and w.topic = s.topic and w.slot = s.slot and w."offset" = s.o`,
      [this.tenant, spots.map((s) => s.topic), spots.map((s) => s.slot), spots.map((s) => s.offset.toString())],
    );
  }

  /** The fences of a key that have not been passed, made where there are none yet; none when all have been. */
  async fences(
    kid: string,
    slots: number,
    newId: () => string,
    now: Date,
    askAgainBefore: Date,
  ): Promise<{ readonly open: number; readonly ask: readonly { slot: number; id: string }[] }> {
    for (let slot = 0; slot < slots; slot += 1) {
      await this.sql.query(
        'insert into intake_fence (tenant, kid, slot, id, asked_at) values ($1, $2, $3, $4, $5) on conflict do nothing',
        [this.tenant, kid, slot, newId(), new Date(0)],
      );
    }
    const ask = await this.sql.query<{ slot: number; id: string }>(
      'update intake_fence set asked_at = $3 where tenant = $1 and kid = $2 and passed_at is null and asked_at < $4 returning slot, id',
      [this.tenant, kid, now, askAgainBefore],
    );
    const [row] = await this.sql.query<{ n: number }>(
      'select count(*)::int as n from intake_fence where tenant = $1 and kid = $2 and passed_at is null',
      [this.tenant, kid],
    );
    return { open: row!.n, ask };
  }

  /** False when nobody here has asked for such a fence. */
  async pass(id: string, slot: number, now: Date): Promise<boolean> {
    const passed = await this.sql.query(
      'update intake_fence set passed_at = coalesce(passed_at, $4) where tenant = $1 and id = $2 and slot = $3 returning slot',
      [this.tenant, id, slot, now],
    );
    return passed.length > 0;
  }

  async forget(kid: string): Promise<void> {
    await this.sql.query('delete from intake_fence where tenant = $1 and kid = $2', [this.tenant, kid]);
  }

  async prune(sessionsBefore: Date, today: Day): Promise<void> {
    await this.sql.query('delete from intake_session where tenant = $1 and at < $2', [this.tenant, sessionsBefore]);
    await this.sql.query('delete from intake_refusal where tenant = $1 and dispose_on <= $2::date', [
      this.tenant,
      today,
    ]);
  }
}
