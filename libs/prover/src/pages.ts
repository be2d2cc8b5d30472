import { PARAMETERS } from './parameters.ts';
import { CHAPTERS } from './steps/index.ts';

/** `docs/steps.md`, from the step definitions themselves. */
export function stepsPage(): string {
  const lines = [
    '# The steps of scenarios',
    '',
    'Generated from `libs/prover/src/steps` by `lethe prove --write-docs`; a test says when it is stale.',
    '',
    'A scenario is Gherkin, tagged with the clauses it shows. It has a tenant and a clock of its own; what it does not say about a submission is as the purpose asks for it, so that it deviates in one thing. `Given`, `When`, `Then` and `And` are for the reader: every step may stand behind any of them. A scenario needs at least one step of the last chapter, or another one marked ✓, or it shows nothing.',
    '',
    '## Values in sentences',
    '',
    ...PARAMETERS.map(({ name, meaning }) => `- \`{${name}}\`: ${meaning}`),
  ];
  for (const { title, steps } of CHAPTERS) {
    lines.push('', `## ${title}`, '');
    for (const { expression, meaning, checks } of steps)
      lines.push(`- \`${expression}\`${checks ? ' ✓' : ''}: ${meaning}`);
  }
  return `${lines.join('\n')}\n`;
}
