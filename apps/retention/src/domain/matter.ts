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
  /** Anchors that have come, by name, each with the version of the matter that said so. */
  readonly anchors: Readonly<Record<string, { readonly at: Date; readonly version: number }>>;
}

export type AnchorChange = StatedAnchor & { readonly version: number };

export type Stating =
  /** `known`: what was said before, under the version that said it. */
  | { readonly kind: 'changed'; readonly changes: readonly AnchorChange[]; readonly known: readonly AnchorChange[] }
  /** The matter is known as another person's; `index` says which statement. */
  | { readonly kind: 'refused'; readonly index: number };

/** What a batch of statements changes: one version each, in order; what is known already changes nothing. */
export function stateAnchors(known: ReadonlyMap<string, KnownMatter>, stated: readonly StatedAnchor[]): Stating {
  const matters = new Map(known);
  const changes: AnchorChange[] = [];
  const again: AnchorChange[] = [];
  for (const [index, statement] of stated.entries()) {
    const { matter, subject, anchor, at } = statement;
    const present = matters.get(matter) ?? { subject, version: 0, anchors: {} };
    if (present.subject !== subject) return { kind: 'refused', index };
    const said = present.anchors[anchor];
    if (said?.at.getTime() === at.getTime()) {
      if (known.get(matter)?.anchors[anchor] === said) again.push({ ...statement, version: said.version });
      continue;
    }
    const version = present.version + 1;
    matters.set(matter, { subject, version, anchors: { ...present.anchors, [anchor]: { at, version } } });
    changes.push({ ...statement, version });
  }
  return { kind: 'changed', changes, known: again };
}
