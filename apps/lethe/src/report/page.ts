import type { Pack } from '@lethe/policy';
import type { ReportFacts } from './facts.ts';
import { CODES, LANGUAGES, placeText, TEXTS, usedText, type Language } from './words.ts';

/** HTML that is ready to stand in a page. */
class Markup {
  constructor(readonly html: string) {}
}
const escaped = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
/** As somebody has typed it, or a program says it: in no language. */
const code = (value: string): Markup => new Markup(`<code translate="no">${escaped(value)}</code>`);
const late = (value: string): Markup => new Markup(`<strong class="late">${escaped(value)}</strong>`);
const DAY = /^\d{4}-\d\d-\d\d$/;
const plain = (value: string): string => (DAY.test(value) ? `<time>${value}</time>` : escaped(value));
const joined = (...parts: readonly (string | Markup)[]): Markup =>
  new Markup(parts.map((part) => (part instanceof Markup ? part.html : plain(part))).join(' '));

type Cell = string | number | Markup;

/** One static page in two languages that needs nothing else: no script, no font, no picture from elsewhere. */
export function reportPage(facts: ReportFacts): string {
  const title = escaped(`${facts.tenant}: ${TEXTS.en.title} · ${TEXTS['zh-CN'].title}`);
  const choose = LANGUAGES.map(
    (language, index) =>
      `<input type="radio" name="language" id="${language}"${index === 0 ? ' checked' : ''}><label for="${language}" lang="${language}">${TEXTS[language].language}</label>`,
  ).join('');
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${title}</title><style>${STYLE}</style></head>
<body>${choose}<main>${LANGUAGES.map((language) => new Page(facts, language).article()).join('')}</main></body></html>
`;
}

const STYLE = `:root{color-scheme:light dark;--ink:#1c1c1e;--paper:#fff;--line:#d4d4d8;--soft:#52525b;--late:#b00020}
@media(prefers-color-scheme:dark){:root{--ink:#f0f0f2;--paper:#17171a;--line:#3f3f46;--soft:#b4b4bd;--late:#ff8a8a}}
body{font:16px/1.5 system-ui,-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;max-width:62rem;margin:0 auto;padding:1.5rem 1rem 4rem;color:var(--ink);background:var(--paper);overflow-wrap:break-word}
article{display:none}body:has(#en:checked) article:lang(en),body:has(#zh-CN:checked) article:lang(zh-CN){display:block}
label{margin:0 1rem 0 .25rem}h1{font-size:1.5rem;line-height:1.25;margin:1rem 0 .25rem}h2{font-size:1.125rem;margin:2.25rem 0 .5rem}
p{margin:.25rem 0}.soft,th{color:var(--soft)}.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:start;padding:.375rem 1rem .375rem 0;border-bottom:1px solid var(--line);vertical-align:top;min-width:5rem}
th{font-weight:600;font-size:.875rem}td.n,th.n{text-align:end;font-variant-numeric:tabular-nums;min-width:4rem;overflow-wrap:normal}
time{white-space:nowrap}.late{color:var(--late)}code{font-size:.9em}dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:1rem;margin:1rem 0}
dt{color:var(--soft);font-size:.875rem}dd{margin:0;font-size:1.5rem;font-variant-numeric:tabular-nums}
@media(max-width:40rem){table{font-size:.875rem}th,td{padding-right:.625rem;min-width:0}td.n,th.n{min-width:0}}
@media print{:root{--ink:#000;--paper:#fff;--line:#999;--soft:#333;--late:#900}body{max-width:none;padding:0;font-size:10pt}body>input,body>label{display:none}.scroll{overflow:visible}tr{break-inside:avoid}h2{break-after:avoid}}`;

class Page {
  private readonly text: (typeof TEXTS)[Language];
  private readonly pack: Pack;

  constructor(
    private readonly facts: ReportFacts,
    private readonly language: Language,
  ) {
    this.text = TEXTS[language];
    this.pack = facts.pack;
  }

  /** What is urgent first: what waits for a person, then what is late, then what is there. */
  article(): string {
    const { text, pack, facts, language } = this;
    const about = [
      escaped(pack.title[language]),
      `${text.underVersion} ${code(pack.version).html}`,
      `${text.as} ${escaped(facts.today)}`,
      `${text.zone} ${code(pack.zone).html}`,
    ];
    return `<article lang="${language}"><h1>${escaped(facts.tenant)}: ${text.title}</h1>
<p class="soft">${about.join(language === 'en' ? ', ' : '，')}</p>${facts.end === undefined ? '' : `\n<p><strong>${escaped(this.word(facts.end))}</strong></p>`}
${this.figures()}
${this.attention()}
${this.due()}
${this.table(
  text.waiting,
  [text.class, [text.parts]],
  this.facts.waiting.map((each) => [this.class(each.class), each.parts]),
)}
${this.restricted()}
${this.holds()}
${this.backups()}
${this.held()}
${this.table(
  text.notStated,
  [text.where, text.used, text.source, text.clause],
  facts.notStated.map(({ path, use, source, clause }) => [
    placeText(path, language),
    usedText(use, path, language),
    this.word(source),
    code(clause ?? ''),
  ]),
)}
${this.table(
  text.silent,
  [text.where, text.used, text.source, text.clause],
  facts.silent.map(({ path, note, source, clause }) => [
    placeText(path, language),
    note[language],
    this.word(source),
    code(clause),
  ]),
)}
</article>`;
  }

  private figures(): string {
    const { text, facts } = this;
    const sum = (of: 'overdue' | 'in30' | 'in90') => facts.due.reduce((all, each) => all + each[of], 0);
    const lateBackups = facts.backups.filter((each) => this.isLate(each.purgeOn)).length;
    const figure = (name: string, count: number, isLate = false): string =>
      `<div><dt>${escaped(name)}</dt><dd${isLate && count > 0 ? ' class="late"' : ''}>${this.number(count)}</dd></div>`;
    return `<h2>${text.figures}</h2><dl>${[
      figure(text.attention, facts.attention.length, true),
      figure(text.partsOverdue, sum('overdue'), true),
      figure(text.backupsOverdue, lateBackups, true),
      figure(text.partsIn30, sum('in30')),
      figure(text.partsIn90, sum('in90')),
      figure(text.partsHeld, facts.parts),
    ].join('')}</dl>`;
  }

  private attention(): string {
    const { text, facts } = this;
    const rows = facts.attention.map(({ what, since, class: of, service, because, count }) => [
      late(this.word(what)),
      since ?? '',
      of !== undefined ? this.class(of) : because !== undefined ? this.word(because) : service ? code(service) : '',
      count ?? '',
    ]);
    return this.table(text.attention, [text.what, text.since, text.about, [text.parts]], rows);
  }

  private due(): string {
    const { text } = this;
    return this.table(
      text.due,
      [text.class, text.method, [text.overdue], [text.in30], [text.in90]],
      this.facts.due
        .filter(({ overdue, in90 }) => overdue + in90 > 0)
        .map((each) => [
          this.class(each.class),
          text[each.method],
          each.overdue > 0 ? late(this.number(each.overdue)) : 0,
          each.in30,
          each.in90,
        ]),
    );
  }

  private restricted(): string {
    const { text } = this;
    return this.table(
      text.restricted,
      [text.purpose, text.class, [text.onlyLaw], [text.beyond], text.until],
      this.facts.restricted.map((each) => [
        this.purpose(each.purpose),
        this.class(each.class),
        each.restricted,
        each.beyond,
        each.until ?? text.untilReleased,
      ]),
    );
  }

  private holds(): string {
    const { text } = this;
    return this.table(
      text.holds,
      [text.reason, text.authority, text.scope, text.placed, text.review],
      this.facts.holds.map((each) => [
        code(each.reason),
        code(each.authority),
        this.word(each.scope),
        each.state === 'placing' ? text.placing : each.placedOn,
        this.by(each.reviewOn),
      ]),
    );
  }

  private backups(): string {
    const { text } = this;
    return this.table(
      text.backups,
      [text.purge, text.state, text.taken, text.heldBy],
      this.facts.backups.map(({ takenOn, state, purgeOn, awaited, platform }) => [
        this.by(purgeOn),
        [
          this.word(state),
          ...(platform?.awaited ? [this.word(platform.awaited), text.awaited] : []),
          ...(awaited ? [this.word(awaited), text.notDone] : []),
        ].join(this.language === 'en' ? ', ' : '，'),
        takenOn,
        platform === undefined ? text.own : code(platform.holder),
      ]),
    );
  }

  private held(): string {
    const { text, facts } = this;
    const rows = facts.held.map((each) => [
      this.purpose(each.purpose),
      each.category === undefined
        ? text.earlier
        : (facts.categories.get(each.category)?.[this.language] ?? code(each.category)),
      each.parts,
    ]);
    const total = rows.length === 0 ? '' : `<p class="soft">${text.total} ${this.number(facts.parts)}</p>`;
    return `${this.table(text.held, [text.purpose, text.category, [text.parts]], rows)}${total}`;
  }

  private isLate(day: string): boolean {
    return day < this.facts.today;
  }
  private by(day: string): Cell {
    return this.isLate(day) ? joined(day, late(this.text.overdue)) : day;
  }
  private word(of: string): string {
    return CODES[of]?.[this.language] ?? of;
  }
  private purpose(id: string): Cell {
    return this.pack.purposes.get(id)?.names[this.language] ?? joined(code(id), `(${this.text.unnamed})`);
  }
  private class(id: string): Cell {
    return this.pack.classes.get(id)?.names[this.language] ?? joined(code(id), `(${this.text.unnamed})`);
  }
  private number(count: number): string {
    return new Intl.NumberFormat(this.language).format(count);
  }

  /** @param head a column of numbers in brackets */
  private table(
    heading: string,
    head: readonly (string | readonly [string])[],
    rows: readonly (readonly Cell[])[],
  ): string {
    const title = `<h2>${escaped(heading)}</h2>`;
    if (rows.length === 0) return `${title}<p class="soft">${this.text.nothing}</p>`;
    const numbers = head.map((each) => typeof each !== 'string');
    const names = head.map(
      (each) => `<th scope="col"${typeof each === 'string' ? '' : ' class="n"'}>${escaped(String(each))}</th>`,
    );
    const cell = (of: Cell, at: number): string => {
      const html = of instanceof Markup ? of.html : typeof of === 'number' ? this.number(of) : plain(of);
      return `<td${numbers[at] === true ? ' class="n"' : ''}>${html}</td>`;
    };
    const body = rows.map((each) => `<tr>${each.map(cell).join('')}</tr>`).join('');
    return `${title}<section class="scroll" tabindex="0" aria-label="${escaped(heading)}"><table><thead><tr>${names.join('')}</tr></thead><tbody>${body}</tbody></table></section>`;
  }
}
