import { parsePack, PolicyFault, type Finding } from '@lethe/policy';
import { isMap, isNode, isSeq, LineCounter, parseDocument, type Document } from 'yaml';

/** What hangs on one parameter hangs on few others; what is still wrong after so many steps cannot be settled. */
const MOST_STEPS = 24;

/**
 * A changed policy as a pack: what named the thing that is gone goes too, and a list or a map of which nothing is left. Nothing is
 * added. Undefined where it is no pack all the same.
 * @param policy the text with the change
 * @param deployer what the policy leaves to the deployer, where something stands beside it
 */
export function settle(policy: string, deployer?: string): string | undefined {
  let text = policy;
  let findings = findingsOf(text, deployer);
  for (let step = 0; findings.length > 0; step += 1) {
    if (step === MOST_STEPS) return undefined;
    const next = without(text, findings, deployer);
    if (next === undefined) return undefined;
    ({ text, findings } = next);
  }
  return text;
}

interface Settled {
  readonly text: string;
  readonly findings: readonly Finding[];
}

/**
 * The text without the smallest thing at the place of a finding that takes it away from there. That another place is wrong in
 * the same way then, says nothing about this one: it is settled in its turn.
 */
function without(text: string, findings: readonly Finding[], deployer: string | undefined): Settled | undefined {
  const places = placesIn(text);
  for (const finding of findings) {
    if (finding.file !== POLICY || finding.code === NO_YAML) return undefined;
    const here = places.of(finding);
    for (const path of here) {
      const rest = places.document.clone() as Document;
      rest.deleteIn(path);
      const left = rest.toString({ lineWidth: 0 });
      const found = findingsOf(left, deployer);
      if (countAt(found, placesIn(left), finding, here) < countAt(findings, places, finding, here))
        return { text: left, findings: found };
    }
  }
  return undefined;
}

/** How many findings say this at this place; members of one list are at one place, for what follows one that goes takes its number. */
function countAt(findings: readonly Finding[], places: Places, like: Finding, here: readonly Path[]): number {
  const place = listOf(here[0]);
  return findings.filter(
    (each) => each.code === like.code && each.message === like.message && listOf(places.of(each)[0]) === place,
  ).length;
}

const listOf = (path: Path = []): string => (typeof path.at(-1) === 'number' ? path.slice(0, -1) : path).join('\n');

interface Places {
  readonly document: Document.Parsed;
  /** Everything that begins where a finding stands, the innermost first. */
  readonly of: (finding: Finding) => readonly Path[];
}

function placesIn(text: string): Places {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const isAt =
    ({ line, column }: Finding) =>
    (offset: number): boolean => {
      const at = lines.linePos(offset);
      return at.line === line && at.col === column;
    };
  return { document, of: (finding) => pathsAt(document, isAt(finding)) };
}

type Path = readonly (string | number)[];

/** Everything that begins at a place, the innermost first. */
function pathsAt(document: Document.Parsed, isThere: (offset: number) => boolean): Path[] {
  const found: Path[] = [];
  const begins = (node: unknown): boolean => isNode(node) && isThere(node.range?.[0] ?? -1);
  const walk = (node: unknown, path: Path): void => {
    if (isMap(node))
      for (const { key, value } of node.items) {
        const here = [...path, String(key)];
        if (begins(key) || begins(value)) found.push(here);
        walk(value, here);
      }
    else if (isSeq(node))
      for (const [index, item] of node.items.entries()) {
        if (begins(item)) found.push([...path, index]);
        walk(item, [...path, index]);
      }
  };
  walk(document.contents, []);
  return found.sort((a, b) => b.length - a.length);
}

const POLICY = 'policy.yaml';
/** The code of what is no YAML at all: nothing in it stands at a place. */
const NO_YAML = 'yaml';

function findingsOf(text: string, deployer: string | undefined): readonly Finding[] {
  try {
    parsePack(text, POLICY, deployer === undefined ? {} : { deployer: { text: deployer, file: 'deployer.yaml' } });
    return [];
  } catch (error) {
    if (error instanceof PolicyFault) return error.findings;
    throw error;
  }
}
