import type { ConsentLevel, Field, FieldRule, FloorEnd, Pack, Purpose, Source, Stated } from './pack.ts';
import { periodText } from './period-text.ts';
import type { Language, Names } from './refusals.ts';

/** One thing found under a name, in plain words: a heading and lines. */
export interface Explanation {
  readonly kind: 'purpose' | 'field' | 'clause' | 'silence';
  readonly name: string;
  readonly lines: readonly string[];
}

/** What a purpose, a field or a clause means, found by its name in the pack or in any language Lethe speaks. */
export function explain(pack: Pack, asked: string, language?: Language): readonly Explanation[] {
  const wanted = asked.trim().toLowerCase();
  const spoken = language ?? (/[\u3400-\u9fff]/u.test(asked) ? 'zh-CN' : 'en');
  const say = new Words(pack, spoken);
  const exact = (key: string, names?: Names): boolean =>
    key.toLowerCase() === wanted || Object.values(names ?? {}).some((each) => each.toLowerCase() === wanted);
  const close = (key: string, names?: Names): boolean =>
    exact(key, names) || Object.values(names ?? {}).some((each) => each.toLowerCase().includes(wanted));
  for (const matches of [exact, close]) {
    const found = [
      ...[...pack.purposes.values()].filter((each) => matches(each.name, each.names)).map((each) => say.purpose(each)),
      ...[...pack.fields.values()].filter((each) => matches(each.name, each.names)).map((each) => say.field(each)),
      ...[...pack.clauses.values()].filter((each) => matches(each.id, each.names)).map(({ id }) => say.clause(id)),
      ...Object.entries(pack.silent)
        .filter(([, { clause }]) => exact(clause))
        .map(([section]) => say.silence(section)),
    ];
    if (found.length > 0 || wanted === '') return found;
  }
  return [];
}

/** Names that come near, for whoever found nothing. */
export const explainable = (pack: Pack): readonly string[] => [...pack.purposes.keys(), ...pack.fields.keys()];

const isStated = (value: object): value is Stated<string | number> =>
  'value' in value && 'stated' in value && 'source' in value;
const childOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;

const TEXTS = {
  en: {
    basis: 'on the basis of',
    how: 'how',
    basic: 'basic function',
    additional: 'additional function: the person may refuse it',
    refusing: 'who refuses',
    collects: 'collects',
    required: 'required',
    sensitive: 'sensitive',
    keeps: 'kept for',
    from: 'from',
    then: 'then',
    atLeast: 'by law at least',
    uses: 'used for',
    never: 'never used for',
    recipients: 'may get it',
    nobody: 'nobody',
    clauses: 'clauses',
    permission: 'needs the device permission',
    moment: 'only while',
    collectedFor: 'collected for',
    alsoUsedFor: 'may also serve',
    rule: 'carried by',
    says: 'means',
    stands: 'stands in',
    notStated: 'not stated by the policy, but by',
    worked: 'working days of',
    unpublished: 'of a later year every day counts',
    endsOn: 'ends on a working day',
    endsLater: 'of a later year it ends later by',
    silent: 'The policy says nothing about it. Used instead, by',
    delete: 'deleted',
    anonymize: 'made anonymous',
  },
  'zh-CN': {
    basis: '处理依据',
    how: '方式',
    basic: '基本功能',
    additional: '附加功能，个人可以拒绝',
    refusing: '拒绝的后果',
    collects: '收集',
    required: '必需',
    sensitive: '敏感',
    keeps: '保存期限',
    from: '自',
    then: '到期后',
    atLeast: '法定最短期限',
    uses: '用于',
    never: '不得用于',
    recipients: '可接收方',
    nobody: '无',
    clauses: '条款',
    permission: '须有设备权限',
    moment: '仅限于',
    collectedFor: '为以下目的收集',
    alsoUsedFor: '还可用于',
    rule: '对应规则',
    says: '含义',
    stands: '出处',
    notStated: '政策未载明，依据',
    worked: '工作日历',
    unpublished: '尚未公布的年份逐日计算',
    endsOn: '最后一日顺延至工作日',
    endsLater: '尚未公布的年份顺延',
    silent: '政策对此未作规定。适用依据',
    delete: '删除',
    anonymize: '匿名化',
  },
} as const satisfies Record<Language, Record<string, string>>;

const BASIS_TEXTS: Readonly<Record<string, Names>> = {
  consent: { en: 'consent', 'zh-CN': '同意' },
  contract: { en: 'contract', 'zh-CN': '履行合同' },
  statute: { en: 'statute', 'zh-CN': '法定义务' },
  declared: { en: 'the authorization another person has declared', 'zh-CN': '他人声明的授权' },
};

const SOURCE_TEXTS: Readonly<Record<Source, Names>> = {
  policy: { en: 'policy', 'zh-CN': '政策' },
  statute: { en: 'statute', 'zh-CN': '法律法规' },
  deployer: { en: 'deployer', 'zh-CN': '部署方' },
  decision: { en: 'decision', 'zh-CN': '我方决定' },
};

const LEVEL_TEXTS: Readonly<Record<ConsentLevel, Names>> = {
  acceptance: { en: 'acceptance', 'zh-CN': '接受' },
  'opt-in': { en: 'opt-in', 'zh-CN': '主动选择' },
  'device-permission': { en: 'device permission', 'zh-CN': '设备授权' },
  explicit: { en: 'explicit', 'zh-CN': '明示同意' },
  separate: { en: 'separate', 'zh-CN': '单独同意' },
  guardian: { en: 'guardian', 'zh-CN': '监护人同意' },
};

class Words {
  private readonly text: (typeof TEXTS)[Language];

  constructor(
    private readonly pack: Pack,
    private readonly language: Language,
  ) {
    this.text = TEXTS[language];
  }

  purpose(purpose: Purpose): Explanation {
    const { text } = this;
    const rules = [...purpose.fields.values()];
    return {
      kind: 'purpose',
      name: `${this.name(purpose.names)} (${purpose.name})`,
      lines: [
        purpose.kind === 'basic' ? text.basic : text.additional,
        this.basisOf(purpose.basis),
        `${text.collects}: ${rules.map((rule) => this.ruleOf(rule)).join(', ') || text.nobody}`,
        ...[...new Set(rules.map((rule) => rule.class))].map((each) => this.keeping(each)),
        ...(purpose.uses === undefined
          ? []
          : [`${text.uses}: ${[...purpose.uses].map((each) => this.use(each)).join(', ')}`]),
        ...(purpose.forbid === undefined ? [] : [`${text.never}: ${[...purpose.forbid.uses].join(', ')}`]),
        ...(purpose.alsoUsedFor.length === 0 ? [] : [`${text.alsoUsedFor}: ${this.purposes(purpose.alsoUsedFor)}`]),
        ...(purpose.moment === undefined ? [] : [`${text.moment}: ${this.declared(purpose.moment.anyOf)}`]),
        `${text.recipients}: ${this.recipients((each) => each.purposes.includes(purpose.name))}`,
        `${text.refusing}: ${this.name(purpose.refusing.effect)}`,
        this.clauses(
          [purpose.clause, purpose.basis.clause, purpose.refusing.clause, ...rules.map((each) => each.clause)],
          `purposes.${purpose.name}`,
        ),
      ],
    };
  }

  field(field: Field): Explanation {
    const { text } = this;
    const of = [...this.pack.purposes.values()].flatMap((purpose) => {
      const rule = purpose.fields.get(field.name) ?? purpose.others?.fields.get(field.name);
      return rule === undefined ? [] : [{ purpose, rule }];
    });
    return {
      kind: 'field',
      name: `${this.name(field.names)} (${field.name})${field.sensitive ? `, ${text.sensitive}` : ''}`,
      lines: [
        ...of.flatMap(({ purpose, rule }) => [
          `${text.collectedFor}: ${this.name(purpose.names)} (${purpose.name})${rule.required ? `, ${text.required}` : ''}; ${this.basisOf(rule.basis)}; ${this.keeping(rule.class)}`,
        ]),
        ...(field.permission === undefined ? [] : [`${text.permission}: ${this.permission(field.permission)}`]),
        `${text.recipients}: ${this.recipients((each) => each.fields.includes(field.name))}`,
        this.clauses([field.clause, ...of.map(({ rule }) => rule.clause)], `fields.${field.name}`),
      ],
    };
  }

  clause(id: string): Explanation {
    const { text } = this;
    const clause = this.pack.clauses.get(id);
    if (clause === undefined) return { kind: 'clause', name: id, lines: [] };
    return {
      kind: 'clause',
      name: `${id} ${this.name(clause.names)}`,
      lines: [
        `${text.says}: ${clause.meaning}`,
        `${text.stands}: ${clause.where}`,
        `${clause.class}${clause.service === undefined ? '' : `, ${clause.service}`}, ${clause.concern}`,
        `${text.rule}: ${clause.rule}`,
        ...this.amounts(clause.rule),
        ...(clause.merged === undefined ? [] : [`= ${clause.merged.into}: ${clause.merged.why}`]),
        ...(clause.platform === undefined ? [] : [clause.platform]),
      ],
    };
  }

  /** The values of a rule that a policy may leave open, each with who says it; and the days that are worked, where they count. */
  private amounts(rule: string): string[] {
    const found: string[] = [];
    const calendars = new Map<string, string>();
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null || value instanceof RegExp) return;
      if (isStated(value)) {
        found.push(`${path === '' ? rule.slice(rule.lastIndexOf('.') + 1) : path}: ${this.stated(value)}`);
        return;
      }
      if ('holidays' in value && typeof value.holidays === 'string')
        calendars.set(value.holidays, 'published' in value ? this.text.endsOn : this.text.unpublished);
      for (const [key, each] of value instanceof Map ? (value as Map<string, unknown>) : Object.entries(value))
        walk(each, path === '' ? key : `${path}.${key}`);
    };
    walk(
      rule
        .split('.')
        .reduce<unknown>((value, step) => (value instanceof Map ? value.get(step) : childOf(value, step)), this.pack),
      '',
    );
    const days = [...calendars].map(
      ([name, how]) =>
        `${this.text.worked} ${name}: ${(this.pack.calendars.get(name)?.sources ?? []).join('; ')}; ${how}`,
    );
    return [...found, ...days];
  }

  silence(section: string): Explanation {
    const silence = this.pack.silent[section];
    return {
      kind: 'silence',
      name: `${silence?.clause ?? ''} ${section}`,
      lines:
        silence === undefined
          ? []
          : [`${this.text.silent} ${this.name(SOURCE_TEXTS[silence.source])}: ${this.name(silence.note)}`],
    };
  }

  private readonly name = (names: Names): string => names[this.language];

  private basisOf({ kind, level, clause }: Purpose['basis']): string {
    const { text } = this;
    const words = BASIS_TEXTS[kind];
    return `${text.basis} ${words === undefined ? kind : this.name(words)}${level === undefined ? '' : ` (${text.how}: ${this.name(LEVEL_TEXTS[level])})`} [${clause}]`;
  }

  private ruleOf(rule: FieldRule): string {
    const field = this.pack.fields.get(rule.field);
    const marks = [
      ...(rule.required ? [this.text.required] : []),
      ...(field?.sensitive === true ? [this.text.sensitive] : []),
    ];
    return `${field === undefined ? rule.field : this.name(field.names)}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`;
  }

  private keeping(name: string): string {
    const { text } = this;
    const kept = this.pack.classes.get(name);
    if (kept === undefined) return `${text.keeps}: ${name}`;
    const anchor = this.pack.anchors.get(kept.anchor);
    const floor =
      kept.floor === undefined
        ? ''
        : `, ${text.atLeast} ${periodText(kept.floor.period, this.language)} (${this.name(kept.floor.law)}${this.endOf(kept.floor.end)})`;
    return `${text.keeps}: ${this.stated(kept.period)} ${text.from} ${anchor === undefined ? kept.anchor : this.name(anchor.names)}, ${text.then} ${text[kept.method]}${floor} [${kept.clause}]`;
  }

  /** Which days are worked by which calendar, and how much later a floor ends where nobody has published it. */
  private endOf(end: FloorEnd | undefined): string {
    if (end === undefined) return '';
    const { text } = this;
    const later = this.stated({ ...end.atMost, value: `P${String(end.atMost.value)}D` });
    return `; ${text.endsOn}, ${text.worked} ${end.holidays}: ${end.published.sources.join('; ')}; ${text.endsLater} ${later}`;
  }

  private stated({ value, stated, source }: Stated<string | number>): string {
    const said = periodText(String(value), this.language);
    return stated ? said : `${said} (${this.text.notStated} ${this.name(SOURCE_TEXTS[source])})`;
  }

  private recipients(
    which: (recipient: { readonly purposes: readonly string[]; readonly fields: readonly string[] }) => boolean,
  ): string {
    const found = [...this.pack.recipients.values(), ...this.sdks()].filter(which).map(({ names }) => this.name(names));
    return found.length === 0 ? this.text.nobody : [...new Set(found)].join(', ');
  }

  private sdks() {
    return [...this.pack.sdks.values()].map(({ names, purpose, flows }) => ({
      names,
      purposes: [purpose],
      fields: flows.flatMap((flow) => flow.fields),
    }));
  }

  private clauses(own: readonly string[], path: string): string {
    const carried = [...this.pack.clauses.values()]
      .filter(({ rule }) => rule === path || rule.startsWith(`${path}.`))
      .map(({ id }) => id);
    return `${this.text.clauses}: ${[...new Set([...own, ...carried])].join(', ')}`;
  }

  private readonly purposes = (names: readonly string[]): string =>
    names.map((each) => this.nameOf(this.pack.purposes.get(each), each)).join(', ');
  private readonly declared = (names: readonly string[]): string =>
    names.map((each) => this.nameOf(this.pack.declarations.get(each), each)).join(', ');
  private readonly use = (name: string): string => this.nameOf(this.pack.uses.get(name), name);
  private readonly permission = (name: string): string =>
    this.nameOf(this.pack.permissions?.get(name) ?? this.pack.declarations.get(`permission.${name}`), name);
  private readonly nameOf = (known: { readonly names: Names } | undefined, otherwise: string): string =>
    known === undefined ? otherwise : this.name(known.names);
}
