import type { StepDefinition } from '../step.ts';
import { ANSWERS } from './answers.ts';
import { CONSENTS } from './consents.ts';
import { QUESTIONS } from './questions.ts';
import { RECORDS } from './records.ts';
import { SUBMITTING } from './submitting.ts';
import { TIME } from './time.ts';
import { VERSIONS } from './versions.ts';

/** The whole vocabulary, by chapter. */
export const CHAPTERS: readonly { readonly title: string; readonly steps: readonly StepDefinition[] }[] = [
  { title: 'Time', steps: TIME },
  { title: 'People, notices and consents', steps: CONSENTS },
  { title: 'Submitting', steps: SUBMITTING },
  { title: 'Asking', steps: QUESTIONS },
  { title: 'Versions of the policy', steps: VERSIONS },
  { title: 'What is on record', steps: RECORDS },
  { title: 'What must be true', steps: ANSWERS },
];

export const STEPS: readonly StepDefinition[] = CHAPTERS.flatMap(({ steps }) => steps);
