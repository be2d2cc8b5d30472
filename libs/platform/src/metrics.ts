import { Counter, Gauge, Registry } from 'prom-client';

/** Low cardinality only: no subject, no record, no order, no free text. */
export const LABELS = [
  'service',
  'topic',
  'slot',
  'state',
  'outcome',
  'code',
  'clause',
  'class',
  'route',
  'status',
  'kind',
  'tenant',
] as const;
export type Label = (typeof LABELS)[number];
export interface LabeledValue {
  readonly labels: Partial<Record<Label, string>>;
  readonly value: number;
}

/** Prometheus metrics of a service, `lethe_` before each name. Labels other than those of the allow-list are refused. */
export interface Metrics {
  /** Asked at every scrape; one number, or one for each set of labels. What throws is left out of that scrape. */
  gauge(name: string, help: string, read: () => Promise<number | readonly LabeledValue[]>): void;
  counter(
    name: string,
    help: string,
    labels?: readonly Label[],
  ): (labels?: Partial<Record<Label, string>>, by?: number) => void;
}

/** What a label may say: a code or a name, short. */
const VALUE = /^[A-Za-z0-9_.:/-]{0,64}$/;
const NAME = /^[a-z][a-z0-9_]{2,60}$/;

/** The metrics of one process; each service gets a view that labels everything with its name. */
export class PrometheusMetrics {
  readonly #registry = new Registry();
  readonly #gauges = new Map<
    string,
    {
      readonly metric: Gauge;
      readonly reads: { readonly service: string; readonly read: () => Promise<number | readonly LabeledValue[]> }[];
    }
  >();
  readonly #counters = new Map<string, Counter>();

  of(service: string): Metrics {
    return {
      gauge: (name, help, read) => this.#gauge(service, name, help, read),
      counter: (name, help, labels = []) => this.#counter(service, name, help, labels),
    };
  }

  /** The text of `/metrics`. */
  async text(): Promise<string> {
    for (const { metric, reads } of this.#gauges.values()) {
      metric.reset();
      for (const { service, read } of reads) {
        const value = await read().catch(() => undefined);
        if (value === undefined) continue;
        const values = typeof value === 'number' ? [{ labels: {}, value }] : value;
        for (const one of values) metric.set({ ...checked(one.labels), service }, one.value);
      }
    }
    return this.#registry.metrics();
  }

  #gauge(service: string, name: string, help: string, read: () => Promise<number | readonly LabeledValue[]>): void {
    let known = this.#gauges.get(name);
    if (known === undefined) {
      known = {
        metric: new Gauge({ name: fullName(name), help, labelNames: [...LABELS], registers: [this.#registry] }),
        reads: [],
      };
      this.#gauges.set(name, known);
    }
    known.reads.push({ service, read });
  }

  #counter(service: string, name: string, help: string, labels: readonly Label[]) {
    let metric = this.#counters.get(name);
    if (metric === undefined) {
      metric = new Counter({
        name: fullName(name),
        help,
        labelNames: [...new Set(['service', ...labels])],
        registers: [this.#registry],
      });
      this.#counters.set(name, metric);
    }
    return (values: Partial<Record<Label, string>> = {}, by = 1): void =>
      metric.inc({ ...checked(values), service }, by);
  }
}

const fullName = (name: string): string => {
  if (!NAME.test(name)) throw new Error('a metric has a snake_case name');
  return name.startsWith('lethe_') ? name : `lethe_${name}`;
};

function checked(labels: Partial<Record<Label, string>>): Partial<Record<Label, string>> {
  for (const [label, value] of Object.entries(labels)) {
    if (!(LABELS as readonly string[]).includes(label)) throw new Error(`label not allowed: ${label}`);
    if (!VALUE.test(value)) throw new Error(`label ${label} holds what is no code`);
  }
  return labels;
}
