import type { FieldRule, Pack, Purpose } from '@lethe/policy';

export type Value = string | number | boolean | readonly string[];

/** What a scenario does not say about a submission is as the purpose asks for it, so that each scenario deviates in one thing. */
export interface Usual {
  readonly declarations: readonly string[];
  readonly notice?: string;
  /** The kind of matter it belongs to. */
  readonly matter?: string;
  /** Where it is kept: where the pack wants it, whatever the instance says of itself. */
  readonly region?: string;
}

export function usualOf(pack: Pack, purpose: Purpose, fields: readonly string[]): Usual {
  const permissions = fields.flatMap((name) => {
    const permission = pack.fields.get(name)?.permission;
    return permission === undefined ? [] : [`permission.${permission}`];
  });
  const asked = [purpose.declarations?.anyOf[0], purpose.moment?.anyOf[0], purpose.others?.declaration];
  const declarations = [...new Set([...asked.filter((each) => each !== undefined), ...permissions])];
  const rules = [...purpose.fields.values(), ...(purpose.others?.fields.values() ?? [])];
  const [region] = pack.territory.regions;
  const matter = rules.map((rule) => matterOf(pack, rule)).find((kind) => kind !== undefined);
  return {
    declarations,
    ...(purpose.noticeRequired ? { notice: pack.version } : {}),
    ...(matter === undefined ? {} : { matter }),
    ...(region === undefined ? {} : { region }),
  };
}

const matterOf = (pack: Pack, rule: FieldRule): string | undefined => {
  const anchor = pack.classes.get(rule.class)?.anchor;
  return anchor === undefined ? undefined : pack.anchors.get(anchor)?.matter;
};

/** The fields without which the purpose refuses, with values made up for the occasion. */
export function requiredFields(pack: Pack, purpose: Purpose): Record<string, Value> {
  const required = [...purpose.fields.values()].filter((rule) => rule.required).map(({ field }) => field);
  const names = [...required, ...(purpose.variants[0] ?? [])];
  if (names.length === 0) names.push(...[...purpose.fields.keys()].slice(0, 1));
  return Object.fromEntries(names.map((name) => [name, sample(pack, name)]));
}

/** A value the field takes. */
export function sample(pack: Pack, name: string): Value {
  const field = pack.fields.get(name);
  switch (field?.type) {
    case 'number':
      return 1;
    case 'flag':
      return true;
    case 'day':
      // Whoever is not said to be a child is none.
      return field.birth ? '1990-01-05' : '2026-01-05';
    case 'instant':
      return '2026-01-05T10:00:00+08:00';
    case 'list':
      return ['一'];
    default:
      return field?.accept === undefined ? '样本' : shaped(field.accept.shape);
  }
}

/** Tries the few texts a shape of the language can ask for: a beginning and so many digits or letters. */
function shaped(shape: RegExp): string {
  const begins = /^\^?((?:\\?[A-Za-z0-9 -])*?)(?=\[|\\d|\()/.exec(shape.source)?.[1]?.replaceAll('\\', '') ?? '';
  for (let length = 1; length <= 64; length += 1) {
    for (const each of ['1', 'A', 'a']) {
      const text = begins + each.repeat(length);
      if (shape.exec(text)?.[0] === text) return text;
    }
  }
  return begins;
}

/** A cell of a table as the field’s type has it; what is not of the type goes as text, so that a scenario can be wrong on purpose. */
export function valueOf(pack: Pack, name: string, text: string): Value {
  if (text === '…') return sample(pack, name);
  switch (pack.fields.get(name)?.type) {
    case 'number':
      return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
    case 'flag':
      return text === 'yes' ? true : text === 'no' ? false : text;
    case 'list':
      return text.startsWith('text ') ? text.slice(5) : text.split(', ');
    default:
      return text;
  }
}
