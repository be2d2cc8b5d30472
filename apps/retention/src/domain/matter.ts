/** An anchor as the platform states it. `at` is legal time. */
export interface StatedAnchor {
  readonly matter: string;
  readonly subject: string;
  readonly anchor: string;
  readonly at: Date;
}

export interface KnownMatter {
  readonly subject: string;
  readonly version: number;
  /** Anchors that have come, by name. */
  readonly anchors: Readonly<Record<string, Date>>;
}

export type AnchorChange = StatedAnchor & { readonly version: number };

export type Stating =
  | { readonly kind: 'changed'; readonly changes: readonly AnchorChange[] }
  /** The matter is known as another person's; `index` says which statement. */
  | { readonly kind: 'refused'; readonly index: number };

/** What a batch of statements changes: one version each, in order; what is known already changes nothing. */
export function stateAnchors(known: ReadonlyMap<string, KnownMatter>, stated: readonly StatedAnchor[]): Stating {
  const matters = new Map(known);
  const changes: AnchorChange[] = [];
  for (const [index, statement] of stated.entries()) {
    const { matter, subject, anchor, at } = statement;
    const present = matters.get(matter) ?? { subject, version: 0, anchors: {} };
    if (present.subject !== subject) return { kind: 'refused', index };
    if (present.anchors[anchor]?.getTime() === at.getTime()) continue;
    const version = present.version + 1;
    matters.set(matter, { subject, version, anchors: { ...present.anchors, [anchor]: at } });
    changes.push({ ...statement, version });
  }
  return { kind: 'changed', changes };
}
