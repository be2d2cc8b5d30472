/** Prometheus metrics of a service; labels other than those of the allow-list are refused. */
export interface Metrics {
  /** Asked at every scrape; one number, or one for each set of labels. */
  gauge(name: string, help: string, read: () => Promise<number | readonly LabeledValue[]>): void;
  counter(name: string, help: string, labels?: readonly Label[]): (labels?: Partial<Record<Label, string>>, by?: number) => void;
}

/** Low cardinality only: no subject, no record, no order, no free text. */
export const LABELS = ['service', 'topic', 'slot', 'state', 'outcome', 'code', 'clause', 'class', 'route', 'status', 'kind'] as const;
export type Label = (typeof LABELS)[number];
export interface LabeledValue {
  readonly labels: Partial<Record<Label, string>>;
  readonly value: number;
}
