import type { Pack, Source } from '@lethe/policy';
import { parse } from 'yaml';

export type Names = Pack['silent'][string]['note'];

/** What a policy leaves open: where, what is used instead, and who says so. */
export interface Silences {
  readonly notStated: readonly {
    /** From the section inward; what has a name for people is called by it. */
    readonly path: readonly (string | Names)[];
    readonly use: string | number;
    readonly source: Source;
    /** The clause of the register that says that it is not stated. */
    readonly clause?: string;
  }[];
  /** Whole sections on which the policy is silent. */
  readonly silent: readonly {
    readonly path: readonly string[];
    readonly source: Source;
    readonly note: Names;
    readonly clause: string;
  }[];
}

type Node = Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
const isNames = (value: unknown): value is Names => isNode(value) && typeof value['zh-CN'] === 'string';

/** Rules need no words for people: what these things are called stands in the text only. */
export const namesIn = (things: unknown): ReadonlyMap<string, Names> =>
  new Map(
    Object.entries(isNode(things) ? things : {}).flatMap(([id, thing]) =>
      isNode(thing) && isNames(thing['name']) ? [[id, thing['name']] as const] : [],
    ),
  );

/** @param policy the text of a `policy.yaml` */
export function silencesOf(policy: string): Silences {
  const text = parse(policy) as Node;
  return {
    notStated: notStatedIn(text, [], undefined, namesIn(text['fields'])),
    silent: Object.entries((text['silent'] ?? {}) as Pack['silent']).map(([section, { source, note, clause }]) => ({
      ...{ path: section.split('.'), source, note, clause },
    })),
  };
}

/** Every `{ notStated: true, use, source }`, with the clause that is nearest around it. */
function notStatedIn(
  node: unknown,
  path: readonly (string | Names)[],
  around: string | undefined,
  fields: ReadonlyMap<string, Names>,
): Silences['notStated'] {
  // What sums a field is called as the field is.
  const named = (one: unknown): Names | undefined => {
    if (!isNode(one)) return undefined;
    return isNames(one['name']) ? one['name'] : fields.get(String(one['sum']));
  };
  if (Array.isArray(node))
    return node.flatMap((each) => notStatedIn(each, [...path, named(each) ?? ''], around, fields));
  if (!isNode(node)) return [];
  const clause = typeof node['clause'] === 'string' ? node['clause'] : around;
  if (node['notStated'] === true)
    return [
      {
        path: path.filter((step) => step !== ''),
        use: typeof node['use'] === 'number' ? node['use'] : String(node['use']),
        source: node['source'] as Source,
        ...(clause === undefined ? {} : { clause }),
      },
    ];
  return Object.entries(node).flatMap(([key, value]) =>
    notStatedIn(value, [...path, named(value) ?? key], clause, fields),
  );
}
