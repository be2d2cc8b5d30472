import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import type { Finding } from './finding.ts';

export type Path = readonly PropertyKey[];

/** A YAML file whose every value knows where it stands. */
export interface YamlDocument<Value> {
  /** Absent when the file does not have the shape of its schema. */
  readonly value?: Value;
  readonly findings: readonly Finding[];
  /** A finding at the value under a path; at the key where `atKey`, at the nearest thing above where it is absent. */
  readonly at: (path: Path, code: string, message: string, allowed?: readonly string[], atKey?: boolean) => Finding;
}

/** What is said of a key where it means nothing: that it belongs somewhere else. */
export type Elsewhere = Readonly<Record<string, string>>;

/** Reads YAML 1.2 against a schema. Nothing of what a value says is repeated in a finding. */
export function readYaml<Schema extends z.ZodType>(
  text: string,
  file: string,
  schema: Schema,
  elsewhere: Elsewhere = {},
): YamlDocument<z.output<Schema>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true });
  const place = (offset: number): { file: string; line: number; column: number } => {
    const { line, col } = lines.linePos(Math.min(offset, Math.max(text.length - 1, 0)));
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const at: YamlDocument<unknown>['at'] = (path, code, message, allowed, atKey = false) => ({
    ...place(offsetOf(document, path, atKey)),
    code,
    message,
    ...(allowed === undefined ? {} : { allowed }),
  });

  const broken = document.errors.map((error): Finding => {
    const remedy = REMEDIES[error.code];
    const message = error.code.toLowerCase().replaceAll('_', ' ');
    return { ...place(error.pos[0]), code: 'yaml', message, ...(remedy === undefined ? {} : { allowed: [remedy] }) };
  });
  visit(document, {
    Alias: (_, node) => {
      broken.push({
        ...place(node.range?.[0] ?? 0),
        code: 'yaml',
        message: 'aliases are not part of the language',
        allowed: ['the value itself'],
      });
    },
  });
  if (broken.length > 0) return { findings: broken, at };

  const result = schema.safeParse(document.toJS() as unknown);
  if (result.success) return { value: result.data, findings: [], at };
  const shape = shapeOf(schema);
  const found = result.error.issues.flatMap((issue) => describeIssue(issue, [], shape, at, elsewhere));
  // Two checks of one value say the same of it: once is enough.
  return { findings: [...new Map(found.map((finding) => [JSON.stringify(finding), finding])).values()], at };
}

/** What whoever does not program does about YAML that cannot be read. */
const REMEDIES: Readonly<Record<string, string>> = {
  BAD_INDENT: 'two spaces for each level, side by side in the same column, each bracket and brace closed',
  TAB_AS_INDENT: 'spaces',
  DUPLICATE_KEY: 'each key once',
  MISSING_CHAR:
    'every quote, bracket and brace closed; a text with a quote, a colon, a comma or a brace in it stands in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a text with a colon in it stands in quotes',
  BAD_SCALAR_START: 'a text that begins with a sign stands in quotes',
  UNEXPECTED_TOKEN: 'a text with a quote, a colon, a comma or a brace in it stands in quotes',
};

function offsetOf(document: Document.Parsed, path: Path, atKey: boolean): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const [depth, step] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) return offset;
      offset = start(pair.key as Node, offset);
      node = pair.value;
      if (depth === path.length - 1 && !atKey) offset = start(pair.value as Node | null, offset);
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = start(node as Node, offset);
    } else return offset;
  }
  return offset;
}

const start = (node: Node | null | undefined, otherwise: number): number =>
  node === null || node === undefined || isAlias(node) ? otherwise : (node.range?.[0] ?? otherwise);

interface JsonShape {
  readonly properties?: Readonly<Record<string, JsonShape>>;
  readonly additionalProperties?: JsonShape | boolean;
  readonly items?: JsonShape;
  readonly anyOf?: readonly JsonShape[];
  readonly oneOf?: readonly JsonShape[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly type?: string;
}

const SHAPES = new WeakMap<z.ZodType, JsonShape>();
/** Made once for each schema: it is dear, and asked for with every file in which something is wrong. */
function shapeOf(schema: z.ZodType): JsonShape {
  let shape = SHAPES.get(schema);
  if (shape === undefined) SHAPES.set(schema, (shape = z.toJSONSchema(schema, { io: 'input' }) as JsonShape));
  return shape;
}

type Issue = z.core.$ZodIssue;

/** What a person can do about one issue of the schema, where it stands. */
function describeIssue(
  issue: Issue,
  above: Path,
  shape: JsonShape,
  at: YamlDocument<unknown>['at'],
  elsewhere: Elsewhere,
): Finding[] {
  const path = [...above, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const allowed = shapesAt(shape, path).flatMap((each) => Object.keys(each.properties ?? {}));
      return issue.keys.map((key) =>
        at([...path, key], 'unknown-key', elsewhere[key] ?? 'this key means nothing here', allowed, true),
      );
    }
    case 'invalid_value':
      return [at(path, 'value', 'not one of the values allowed', issue.values.map(String))];
    case 'invalid_key':
      return [at(path, 'name', issue.issues[0]?.message ?? 'a name here is written otherwise', undefined, true)];
    case 'invalid_union': {
      const branches = [...issue.errors]
        .filter((errors) => errors.length > 0)
        .sort((a, b) => depth(b) - depth(a) || a.length - b.length);
      const branch = branches[0];
      if (branch === undefined)
        return [
          at(
            path,
            'value',
            'not one of the values allowed',
            discriminants(shapesAt(shape, path.slice(0, -1)), path.at(-1)),
          ),
        ];
      return branch.flatMap((each) => describeIssue(each, path, shape, at, elsewhere));
    }
    case 'invalid_type': {
      const missing = issue.input === undefined && /received undefined/.test(issue.message);
      return [
        missing
          ? at(path, 'missing', `\`${String(path.at(-1) ?? 'file')}\` is missing`, [
              expected(issue, shapesAt(shape, path)),
            ])
          : at(path, 'type', 'not of the right type', [expected(issue, shapesAt(shape, path), QUOTED)]),
      ];
    }
    case 'invalid_format':
    case 'custom':
      return [at(path, 'format', issue.message)];
    case 'too_small':
      return [at(path, 'too-small', 'too small', [`${issue.minimum} or more`])];
    case 'too_big':
      return [at(path, 'too-big', 'too big', [`${issue.maximum} or less`])];
    default:
      return [at(path, 'value', 'not allowed here')];
  }
}

const depth = (errors: readonly Issue[]): number => Math.max(...errors.map((each) => each.path.length));
/** What zod calls a type, as a person who writes YAML would. */
const TYPES: Readonly<Record<string, string>> = {
  record: 'names, each with what it means; {} where there are none',
  object: 'names, each with what it means',
  array: 'a list',
  string: 'text',
  boolean: 'true, false',
};
/** What is there already and is no text to YAML: a number, `yes`, nothing after the colon. */
const QUOTED: typeof TYPES = { ...TYPES, string: 'text, in quotes where it looks like a number' };
const expected = (issue: Issue & { code: 'invalid_type' }, shapes: readonly JsonShape[], types = TYPES): string =>
  shapes.flatMap((each) => Object.keys(each.properties ?? {})).join(', ') || (types[issue.expected] ?? issue.expected);
const discriminants = (shapes: readonly JsonShape[], key: PropertyKey | undefined): string[] =>
  shapes
    .flatMap((each) => each.oneOf ?? each.anyOf ?? [each])
    .flatMap((each) => {
      const property = each.properties?.[String(key)];
      return [...(property?.enum ?? []), ...(property?.const === undefined ? [] : [property.const])].map(String);
    });

/** The shapes a value under a path may have. */
function shapesAt(shape: JsonShape, path: Path): JsonShape[] {
  let shapes: JsonShape[] = [shape];
  for (const step of path) {
    shapes = shapes.flatMap(options).flatMap((each) => {
      if (typeof step === 'number') return each.items === undefined ? [] : [each.items];
      const property = each.properties?.[String(step)];
      if (property !== undefined) return [property];
      return typeof each.additionalProperties === 'object' ? [each.additionalProperties] : [];
    });
  }
  return shapes.flatMap(options);
}
const options = (shape: JsonShape): readonly JsonShape[] => shape.anyOf ?? shape.oneOf ?? [shape];
