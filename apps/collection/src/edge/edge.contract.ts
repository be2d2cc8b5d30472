import { generateKeyPairSync } from 'node:crypto';
import {
  KafkaTransport,
  overEventLog,
  platformKeyOf,
  publicHalf,
  type EdgeLog,
  type PlatformKey,
  type Submission,
} from '@lethe/client';
import { inTopic, outTopic } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { SLOTS, type Bench, type Tenant } from '../collection.contract.ts';
import { Edge, type EdgePace } from './edge.ts';

export const START = '2027-01-10T04:00:00.000Z';
export const FAST: Partial<EdgePace> = { roundMs: 50 };

export const makeKey = (kid = 'backend-1'): PlatformKey =>
  platformKeyOf(kid, generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }));

/** The edge beside a bench, and a platform that has a key. */
export class EdgeBench {
  edge: Edge;
  private readonly platforms: KafkaTransport[] = [];

  constructor(
    readonly bench: Bench,
    private readonly pace: Partial<EdgePace> = FAST,
  ) {
    this.edge = this.open();
  }

  private open(): Edge {
    const edge = new Edge(this.bench.running.context, this.bench.service.intake, this.pace);
    edge.start();
    return edge;
  }

  now = (): Date => this.bench.service.now();

  /** Another process on the same stores. */
  async again(): Promise<void> {
    await this.edge.stop();
    await this.bench.again();
    this.edge = this.open();
  }

  platform(
    tenant: Tenant,
    options: { key?: PlatformKey; log?: EdgeLog; resendMs?: number; registered?: boolean } = {},
  ): KafkaTransport {
    const transport = new KafkaTransport({
      tenant: tenant.id,
      log: options.log ?? overEventLog(this.bench.log, tenant.id, SLOTS),
      key: options.key ?? makeKey(),
      intakeKey: () => this.edge.intakeKey(tenant.id, this.now()),
      register: async (key) =>
        options.registered === false ? undefined : this.edge.register(tenant.id, key, 'test#backend', this.now()),
      resendMs: options.resendMs ?? 2_000,
      now: this.now,
    });
    this.platforms.push(transport);
    return transport;
  }

  async registered(tenant: Tenant, key = makeKey()): Promise<PlatformKey> {
    await this.edge.register(tenant.id, { kid: key.kid, x: publicHalf(key) }, 'test#backend', this.now());
    return key;
  }

  /** Everything ever written to the tenant's two topics. */
  written(tenant: Tenant): string[] {
    return [inTopic(tenant.id), outTopic(tenant.id)].flatMap((topic) =>
      Array.from({ length: SLOTS }, (_, slot) => this.bench.log.records(topic, slot).map(({ value }) => value)).flat(),
    );
  }
  answers(tenant: Tenant): { type: string; data: Record<string, unknown> }[] {
    return Array.from({ length: SLOTS }, (_, slot) =>
      this.bench.log
        .records(outTopic(tenant.id), slot)
        .map(({ value }) => JSON.parse(value) as { type: string; data: Record<string, unknown> }),
    ).flat();
  }

  async refusals(
    tenant: Tenant,
  ): Promise<{ topic: string; slot: number; offset: number; code: string; sha256: string; size: number }[]> {
    return this.bench.data.admin.transaction((sql) =>
      sql.query(
        'select topic, slot, "offset"::int as offset, code, sha256, size::int as size from intake_refusal where tenant = $1 order by at, topic, slot, "offset"',
        [tenant.id],
      ),
    );
  }

  async stop(): Promise<void> {
    for (const each of this.platforms) await each.close();
    await this.edge.stop();
  }
}

export const face = (subject: SubjectRef, value = 'a-face', idempotencyKey = newId()): Submission => ({
  idempotencyKey,
  subject,
  purpose: 'face-verification',
  declarations: ['face-function'],
  fields: { 'face-image': value },
});
