import { CONSENT_LEVELS, type Clause } from '@lethe/policy';
import { isMap, isScalar, isSeq, parseDocument, type Node, type YAMLMap, type YAMLSeq } from 'yaml';

/** A pack in which one parameter is another. */
export interface Mutant {
  /** The clause whose parameter it is: of the block itself, or of the nearest one around it. */
  readonly clause: string;
  /** Where it stands, dotted: `purposes.registration.fields.nickname.required`. */
  readonly parameter: string;
  readonly from: string;
  readonly to: string;
  /** The whole policy with the change. */
  readonly policy: () => string;
}

/** Words for people, and what only says where a value comes from: no rule reads them. */
const SAYS_NOTHING = new Set([
  'name',
  'title',
  'clause',
  'refusals',
  'law',
  'note',
  'source',
  'effect',
  'factor',
  'notStated',
  'silent',
]);
/** The head of the file, and what only the services to come read as text. */
const HEAD = new Set([
  'apiVersion',
  'kind',
  'pack',
  'version',
  'effectiveFrom',
  'zone',
  'controller',
  'contacts',
  'categories',
  'backups',
]);
/** Words of which a key takes one; the next one takes its place. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  level: CONSENT_LEVELS,
  default: ['on', 'off'],
  undeclared: ['refuse', 'drop'],
  whenAlone: ['personal', 'not-personal'],
  calendar: ['calendar-days', 'working-days'],
  treatment: ['deidentify', 'anonymize'],
  about: ['person', 'organization'],
  rest: ['drop', 'refuse'],
  copying: ['forbidden', 'allowed'],
};
/** Maps whose members are the parameter: each one can be missing. */
const MEMBERS =
  /^(purposes\.[^.]+\.(others\.)?fields|exceptions\.(collection|disclosure)|permissions|sdks|messages|trackers\.kinds|scope\.(products|channels|collectors))$/;

/** Blocks without a clause of their own that are there or not. */
const BLOCKS = /^classes\.[^.]+\.floor\.end$/;

/**
 * Every pack that differs from this one in one parameter: a number, a period, a flag, a word, a member of a list, a block that is there.
 * @param register the clauses by what carries them: a parameter that one of them names as its rule is that clause's, and not
 *   that of the section around it
 */
export function mutantsOf(policy: string, register: Iterable<Pick<Clause, 'id' | 'rule'>> = []): Mutant[] {
  const document = parseDocument(policy);
  const rules = new Map([...register].map(({ id, rule }): [string, string] => [rule, id]).reverse());
  const found: Mutant[] = [];
  const change = (around: Around, path: readonly string[], from: string, to: string, at: Span, text: string): void => {
    const clause = carried(rules, path, around.depth) ?? around.clause;
    if (clause === '') return;
    const [start, end] = at;
    found.push({
      clause,
      parameter: path.join('.'),
      from,
      to,
      policy: () => policy.slice(0, start) + text + policy.slice(end),
    });
  };
  const visit = (node: unknown, path: readonly string[], around: Around, key: string): void => {
    if (isMap(node)) {
      const inside = clauseIn(node, around, path.length);
      for (const [index, { key: name, value }] of node.items.entries()) {
        const word = String(name);
        if (SAYS_NOTHING.has(word) || (path.length === 0 && HEAD.has(word))) continue;
        const here = [...path, word];
        const isMember = MEMBERS.test(path.join('.'));
        if (isMember ? !isElsewhere(value) : saysOnlyClause(value) || BLOCKS.test(here.join('.')))
          change(
            clauseIn(value, inside, here.length),
            here,
            isMember ? 'a member' : 'there',
            'none',
            memberSpan(policy, node, index),
            '',
          );
        // `{ notStated: true, use: P3Y, source: decision }`: what is used is the parameter, under its own key.
        visit(value, here, inside, word === 'use' && node.has('notStated') ? key : word);
      }
    } else if (isSeq(node)) {
      if (!node.items.every(isScalar)) {
        for (const [index, item] of node.items.entries()) {
          const here = [...path, String(index)];
          change(clauseIn(item, around, here.length), here, 'a member', 'none', ...withoutItem(policy, node, index));
          // Of a list in a list with one member, taking that out and taking the list out are the same.
          if (!isSeq(item) || item.items.length > 1) visit(item, here, around, key);
        }
        return;
      }
      for (const [index, item] of node.items.entries()) {
        const rest = node.items.filter((_, other) => other !== index).map(({ source }) => source);
        change(around, path, String(item.value), 'none', spanOf(node), `[${rest.join(', ')}]${tail(policy, node)}`);
      }
    } else if (isScalar(node)) {
      for (const to of others(path, key, node.value))
        change(around, path, String(node.value), String(to), spanOf(node), String(to));
    }
  };
  visit(document.contents, [], { clause: '', depth: 0 }, '');
  return found;
}

type Span = readonly [start: number, end: number];
const spanOf = (node: Node): Span => [node.range?.[0] ?? 0, node.range?.[1] ?? 0];

/** A list in lines ends with the line; what comes next begins on its own. */
const tail = (policy: string, node: Node): string => (policy[spanOf(node)[1] - 1] === '\n' ? '\n' : '');

/** From the key of a member to the next one’s, or to the end of the last, its comma before it. */
function memberSpan(policy: string, map: YAMLMap, index: number): Span {
  const start = spanOf(map.items[index]!.key as Node)[0];
  const next = map.items[index + 1];
  if (next !== undefined) return [start, spanOf(next.key as Node)[0]];
  const value = map.items[index]!.value as Node | null;
  const end = Math.max(value === null ? 0 : spanOf(value)[1], spanOf(map.items[index]!.key as Node)[1]);
  return policy[end] === ':' ? [start, end + 1] : [start, end];
}

/** What goes with an item of a list, and what stands in its place: of the only one, an empty list. */
function withoutItem(policy: string, list: YAMLSeq, index: number): [Span, string] {
  const [before, item, next] = [index - 1, index, index + 1].map((place) => {
    const there = list.items[place] as Node | undefined;
    return there && spanOf(there);
  });
  if (next !== undefined) return [[item![0], next[0]], ''];
  if (before === undefined) return [spanOf(list), `[]${tail(policy, list)}`];
  const [start, end] = [before[1], item![1]];
  return [[start, end], policy[end - 1] === '\n' && policy[start - 1] !== '\n' ? '\n' : ''];
}

/** A product that another policy judges, or nobody: one that is not listed is no more judged by this one. */
const isElsewhere = (value: unknown): boolean =>
  isMap(value) && !['this-pack', undefined].includes(value.get('judgedBy') as string | undefined);

/** A block that is there or not, and has nothing else to say: `deidentify: { clause: LM-COL-05 }`. */
const saysOnlyClause = (value: unknown): boolean =>
  isMap(value) && value.items.length === 1 && String(value.items[0]?.key) === 'clause';

/** The clause of a block, or of the nearest one around it that has one, and how deep that stands. */
interface Around {
  readonly clause: string;
  readonly depth: number;
}
const clauseIn = (value: unknown, around: Around, depth: number): Around => {
  const own = isMap(value) ? value.get('clause') : undefined;
  return typeof own === 'string' ? { clause: own, depth } : around;
};

/** The clause whose rule is this parameter, or a part of the block that it stands in. */
function carried(rules: ReadonlyMap<string, string>, path: readonly string[], depth: number): string | undefined {
  for (let length = path.length; length > depth; length -= 1) {
    const clause = rules.get(path.slice(0, length).join('.'));
    if (clause !== undefined) return clause;
  }
  return undefined;
}

/** What may stand in a value's place. */
function others(path: readonly string[], key: string, value: unknown): (string | number | boolean)[] {
  if (typeof value === 'boolean') return [!value];
  // Whatever another policy or nobody judges is not judged by this one.
  if (key === 'judgedBy') return [value === 'this-pack' ? 'own-policy' : 'this-pack'];
  // A version is put in force on a day before its first one: none and one day of notice are the same.
  if (typeof value === 'number') return [key === 'noticeDays' && value === 0 ? 2 : value + 1];
  if (typeof value !== 'string') return [];
  const words = WORDS[key];
  if (words?.includes(value)) return [words[(words.indexOf(value) + 1) % words.length]!];
  // A floor may not outgrow its ceiling, so it shrinks; everything else grows.
  const step = path.includes('floor') ? -1 : 1;
  if (/^P(T?\d+[YMWDH])+$/.test(value)) return [value.replace(/\d+/, (digits) => String(Number(digits) + step))];
  return [];
}
