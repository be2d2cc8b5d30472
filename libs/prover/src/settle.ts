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

/** The text without the smallest thing at the place of the first finding that takes this finding away. */
function without(text: string, findings: readonly Finding[], deployer: string | undefined): Settled | undefined {
  for (const finding of findings) {
    if (finding.file !== POLICY || finding.code === NO_YAML) return undefined;
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines });
    const paths = pathsAt(document, (offset) => {
      const { line, col } = lines.linePos(offset);
      return line === finding.line && col === finding.column;
    });
    for (const path of paths) {
      const rest = document.clone() as Document;
      rest.deleteIn(path);
      const left = rest.toString({ lineWidth: 0 });
      const found = findingsOf(left, deployer);
      if (count(found, finding) < count(findings, finding)) return { text: left, findings: found };
    }
  }
  return undefined;
}

const count = (findings: readonly Finding[], { code, message }: Finding): number =>
  findings.filter((each) => each.code === code && each.message === message).length;

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
