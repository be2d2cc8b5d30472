import type { Pack } from '@lethe/policy';
import type { ReportFacts } from './facts.ts';

const LANGUAGES = ['en', 'zh-CN'] as const;
type Language = (typeof LANGUAGES)[number];

const TEXTS = {
  en: {
    language: 'English',
    title: 'What is held, and until when',
    as: 'as of',
    underVersion: 'under version',
    held: 'Held, by purpose and category',
    purpose: 'purpose',
    category: 'category',
    parts: 'parts',
    due: 'Due in 30 and in 90 days',
    class: 'class',
    method: 'what becomes of it',
    delete: 'deleted',
    anonymize: 'made anonymous',
    in30: 'within 30 days',
    in90: 'within 90 days',
    waiting: 'Waiting for what its period counts from; no date is guessed',
    restricted: 'Kept by nothing but a law or a hold',
    onlyLaw: 'restricted',
    beyond: 'kept beyond its day',
    until: 'until',
    holds: 'Holds',
    reason: 'reason',
    authority: 'authority',
    placed: 'placed',
    review: 'to be reviewed by',
    backups: 'Backups',
    taken: 'taken',
    heldBy: 'held by',
    state: 'state',
    purge: 'purged by',
    taking: 'being taken',
    available: 'available',
    isolated: 'isolated',
    purging: 'being purged',
    notStated: 'Not stated by the policy, and what is used instead',
    where: 'where',
    used: 'what is used',
    source: 'by',
    silent: 'On which the policy is silent',
    policy: 'the policy',
    statute: 'statute',
    deployer: 'whoever runs it',
    decision: 'a decision of this installation',
    nothing: 'nothing',
  },
  'zh-CN': {
    language: '中文',
    title: '持有哪些信息，保存到何时',
    as: '截至',
    underVersion: '政策版本',
    held: '按目的与类别统计的持有量',
    purpose: '处理目的',
    category: '信息类别',
    parts: '份数',
    due: '30 天与 90 天内到期',
    class: '处置类别',
    method: '处置方式',
    delete: '删除',
    anonymize: '匿名化',
    in30: '30 天内',
    in90: '90 天内',
    waiting: '等待起算事件，不推测日期',
    restricted: '仅因法律或保全而留存',
    onlyLaw: '受限留存',
    beyond: '逾期留存',
    until: '至',
    holds: '保全',
    reason: '原因',
    authority: '依据机关',
    placed: '设置于',
    review: '复核期限',
    backups: '备份',
    taken: '备份时间',
    heldBy: '持有者',
    state: '状态',
    purge: '最迟清除日',
    taking: '正在备份',
    available: '可用',
    isolated: '已隔离',
    purging: '正在清除',
    notStated: '政策未载明的事项及所采用的值',
    where: '位置',
    used: '采用的值',
    source: '依据',
    silent: '政策未涉及的部分',
    policy: '政策',
    statute: '法律',
    deployer: '部署者',
    decision: '本系统的决定',
    nothing: '无',
  },
} as const;

const escaped = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
type Cell = string | number;
const row = (cells: readonly Cell[], tag = 'td'): string =>
  `<tr>${cells.map((each) => `<${tag}${typeof each === 'number' ? ' class="n"' : ''}>${escaped(String(each))}</${tag}>`).join('')}</tr>`;

/** One static page in two languages that needs nothing else: no script, no font, no picture from elsewhere. */
export function reportPage(facts: ReportFacts): string {
  const title = escaped(`${facts.tenant}: ${TEXTS.en.title} · ${TEXTS['zh-CN'].title}`);
  const choose = LANGUAGES.map(
    (language, index) =>
      `<input type="radio" name="language" id="${language}"${index === 0 ? ' checked' : ''}><label for="${language}" lang="${language}">${TEXTS[language].language}</label>`,
  ).join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title><style>${STYLE}</style></head>
<body>${choose}${LANGUAGES.map((language) => section(facts, language)).join('')}</body></html>
`;
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
section{display:none}#en:checked~section:lang(en),#zh-CN:checked~section:lang(zh-CN){display:block}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{text-align:left;padding:.25rem .9rem .25rem 0;border-bottom:1px solid #ddd;vertical-align:top}
.n{text-align:right}label{margin:0 1rem 0 .2rem}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}`;

function section(facts: ReportFacts, language: Language): string {
  const text = TEXTS[language];
  const { pack } = facts;
  const named = (of: { readonly names: Pack['title'] } | undefined, id: string): string => of?.names[language] ?? id;
  const purpose = (id: string) => named(pack.purposes.get(id), id);
  const of = (id: string) => named(pack.classes.get(id), id);
  const category = (id: string) => facts.categories.get(id)?.[language] ?? id;
  const table = (heading: string, head: readonly string[], rows: readonly (readonly Cell[])[]): string =>
    `<h2>${escaped(heading)}</h2>${rows.length === 0 ? `<p>${text.nothing}</p>` : `<table><thead>${row(head, 'th')}</thead><tbody>${rows.map((each) => row(each)).join('')}</tbody></table>`}`;
  return `<section lang="${language}"><h1>${escaped(facts.tenant)}: ${text.title}</h1>
<p>${escaped(pack.title[language])}, ${text.underVersion} ${escaped(pack.version)}, ${text.as} ${escaped(facts.today)}</p>
${table(
  text.held,
  [text.purpose, text.category, text.parts],
  facts.held.map((each) => [purpose(each.purpose), category(each.category), each.parts]),
)}
${table(
  text.due,
  [text.class, text.method, text.in30, text.in90],
  facts.due.filter(({ in90 }) => in90 > 0).map((each) => [of(each.class), text[each.method], each.in30, each.in90]),
)}
${table(
  text.waiting,
  [text.class, text.parts],
  facts.waiting.map((each) => [of(each.class), each.parts]),
)}
${table(
  text.restricted,
  [text.purpose, text.class, text.onlyLaw, text.beyond, text.until],
  facts.restricted.map((each) => [
    purpose(each.purpose),
    of(each.class),
    each.restricted,
    each.beyond,
    each.until ?? '',
  ]),
)}
${table(
  text.holds,
  [text.reason, text.authority, text.placed, text.review],
  facts.holds.map((each) => [each.reason, each.authority, each.placedAt.slice(0, 10), each.reviewOn]),
)}
${table(
  text.backups,
  [text.taken, text.heldBy, text.state, text.purge],
  facts.backups.map(({ takenAt, state, purgeOn, platform }) => [
    takenAt.slice(0, 10),
    platform?.holder ?? 'lethe',
    state === 'purged' ? '' : text[state],
    purgeOn,
  ]),
)}
${table(
  text.notStated,
  [text.where, text.used, text.source],
  facts.notStated.map(({ path, use, source }) => [path, use, text[source]]),
)}
${table(
  text.silent,
  [text.where, text.used, text.source],
  facts.silent.map(({ section: where, note, source }) => [where, note[language], text[source]]),
)}
</section>`;
}
