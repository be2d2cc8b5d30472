import type { StepDefinition } from '../step.ts';
import { ANSWERS } from './answers.ts';
import { CONSENTS } from './consents.ts';
import { CONTROLS } from './controls.ts';
import { CROWDS } from './crowds.ts';
import { CUSTODY } from './custody.ts';
import { DISPOSAL } from './disposal.ts';
import { ENDING } from './ending.ts';
import { EXTENDING } from './extending.ts';
import { LOG } from './log.ts';
import { QUESTIONS } from './questions.ts';
import { RECORDS } from './records.ts';
import { REQUESTS } from './requests.ts';
import { SUBMITTING } from './submitting.ts';
import { TABLES } from './tables.ts';
import { TIME } from './time.ts';
import { VERSIONS } from './versions.ts';

/** The whole vocabulary, by chapter. */
export const CHAPTERS: readonly { readonly title: string; readonly steps: readonly StepDefinition[] }[] = [
  { title: 'Time', steps: TIME },
  { title: 'People, notices and consents', steps: CONSENTS },
  { title: 'Submitting', steps: SUBMITTING },
  { title: 'Through the log', steps: LOG },
  { title: 'Asking', steps: QUESTIONS },
  { title: 'What the platform holds itself', steps: CUSTODY },
  { title: 'What goes, what is held, and backups', steps: DISPOSAL },
  { title: 'Longer periods', steps: EXTENDING },
  { title: 'Many people, and what is left of them', steps: CROWDS },
  { title: 'The end of a service', steps: ENDING },
  { title: 'Security controls', steps: CONTROLS },
  { title: 'Versions of the policy', steps: VERSIONS },
  { title: 'Requests of a person', steps: REQUESTS },
  { title: 'What is on record', steps: RECORDS },
  { title: 'What must be true', steps: ANSWERS },
  { title: 'Many questions at once', steps: TABLES },
];

export const STEPS: readonly StepDefinition[] = CHAPTERS.flatMap(({ steps }) => steps);
