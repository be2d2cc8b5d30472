import { CucumberExpression } from '@cucumber/cucumber-expressions';
import { registry } from './parameters.ts';
import { STEPS } from './steps/index.ts';
import type { StepDefinition } from './step.ts';

/** A step of a scenario, bound to what it means. */
export interface BoundStep {
  readonly definition: StepDefinition;
  readonly values: readonly unknown[];
}

const known = registry();
const EXPRESSIONS = STEPS.map((definition) => ({
  definition,
  expression: new CucumberExpression(definition.expression, known),
}));

/** The meaning of a sentence; a text where there is none, or more than one. */
export function bind(text: string): BoundStep | string {
  const found = EXPRESSIONS.flatMap(({ definition, expression }) => {
    const values = expression.match(text);
    return values === null ? [] : [{ definition, values: values.map((value): unknown => value.getValue(null)) }];
  });
  if (found.length > 1)
    return `two steps fit "${text}": ${found.map(({ definition }) => definition.expression).join(' · ')}`;
  return found[0] ?? `no step says "${text}"`;
}
