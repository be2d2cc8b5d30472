import type { World } from './world.ts';

/** A step as a sentence. What it `checks` can fail a scenario; a scenario without such a step proves nothing. */
export interface StepDefinition {
  readonly expression: string;
  /** What it means to whoever writes a scenario; stands in docs/steps.md. */
  readonly meaning: string;
  readonly checks: boolean;
  /** It needs the instance's log. */
  readonly log?: boolean;
  readonly run: (world: World, ...values: never[]) => Promise<void> | void;
}

/** A step that acts or asks. */
export const does = (expression: string, meaning: string, run: StepDefinition['run']): StepDefinition => ({
  expression,
  meaning,
  checks: false,
  run,
});

/** A step that looks at what was answered, or at what is kept. */
export const checks = (expression: string, meaning: string, run: StepDefinition['run']): StepDefinition => ({
  expression,
  meaning,
  checks: true,
  run,
});

/** The same for a step that speaks through the log, or looks at what travelled there. */
export const throughLog = (step: StepDefinition): StepDefinition => ({ ...step, log: true });

/** Rows as they stand in the scenario. */
export type Rows = readonly (readonly string[])[];

/** What was expected and what was found instead. */
export class Disproof extends Error {}

/** What was expected had not come when patience ended: it may never come, or a busy machine is slow. */
export class NeverCame extends Disproof {}

export const expect = (holds: boolean, message: string): void => {
  if (!holds) throw new Disproof(message);
};
