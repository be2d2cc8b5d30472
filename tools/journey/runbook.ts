import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NODE, ROOT } from './lethe-process.ts';

/**
 * A page of docs/runbooks as somebody follows it. What a rehearsal does must stand there, word for word, and what stands there
 * must have been done: page and product cannot part.
 */
export class Runbook {
  #text: string;
  #said: ReadonlySet<string>;
  readonly #done = new Set<string>();

  /** @param section the heading of the part that is rehearsed; absent: the whole page */
  constructor(name: string, section?: string) {
    const page = readFileSync(join(ROOT, 'docs/runbooks', `${name}.md`), 'utf8');
    const from = section === undefined ? 0 : page.indexOf(`**${section}**`);
    if (from < 0) throw new Error(`${name} has no section ${section!}`);
    const to = section === undefined ? -1 : page.indexOf('\n**', from + 2);
    this.#text = page.slice(from, to < 0 ? undefined : to);
    this.#said = said(this.#text);
  }

  /** One row of a page's table, found by a name in its first column; what stands outside the table is said of every row. */
  static row(name: string, row: string): Runbook {
    const page = new Runbook(name);
    const lines = page.#text.split('\n');
    const ours = lines.filter((line) => line.startsWith('| `') && line.split(' | ')[0]!.includes(`\`${row}\``));
    if (ours.length !== 1) throw new Error(`${name} has no row ${row}`);
    page.#text = [...lines.filter((line) => !line.startsWith('|')), ...ours].join('\n');
    page.#said = said(page.#text);
    return page;
  }

  /** What the page says here in words, as the groups of the pattern. @throws Error where it does not */
  reads(pattern: RegExp): string[] {
    const found = pattern.exec(this.#text);
    if (found === null) throw new Error(`the page does not say ${String(pattern)}`);
    return found.slice(1);
  }

  /** What the page says here in so many words: a door, a command, a code, a file. @throws Error where it does not */
  says<Said extends string>(said: Said): Said {
    if (!this.#said.has(said)) throw new Error(`the page does not say \`${said}\``);
    this.#done.add(said);
    return said;
  }

  /** Doors and commands of the page that nobody has tried. */
  undone(): string[] {
    return [...this.#said].filter((said) => /^((GET|POST) \/|lethe |npx )/.test(said) && !this.#done.has(said));
  }
}

/** What a page says in so many words. */
const said = (text: string): ReadonlySet<string> => new Set([...text.matchAll(/`([^`]+)`/g)].map(([, one]) => one!));

/** A command as a page has it, with what a reader puts in the place of `TENANT`. */
export function played(
  command: string,
  { tenant, target }: { readonly tenant: string; readonly target: string },
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const words = command
    .replace(/^(npx )?lethe /, '')
    .replace('[TENANT…]', 'TENANT')
    .split(' ');
  const args = words.map((word) => (word === 'TENANT' ? tenant : word));
  return new Promise((resolve) => {
    execFile(NODE, [join(ROOT, 'apps/lethe/bin/lethe.js'), ...args, '--target', target], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}
