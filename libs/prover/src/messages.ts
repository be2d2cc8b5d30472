import { readFileSync } from 'node:fs';
import { AstBuilder, compile, GherkinClassicTokenMatcher, Parser } from '@cucumber/gherkin';
import {
  IdGenerator,
  SourceMediaType,
  TestStepResultStatus,
  TimeConversion,
  type Envelope,
  type Pickle,
  type TestStepResult,
} from '@cucumber/messages';
import type { Outcome } from './run.ts';
import { linesOf } from './scenario.ts';

/** When the scenarios were run. */
export interface Run {
  readonly from: Date;
  readonly to: Date;
}

const at = (instant: Date) => TimeConversion.millisecondsSinceEpochToTimestamp(instant.getTime());
const lasting = (ms: number) => TimeConversion.millisecondsToDuration(Math.max(0, Math.round(ms)));

/** The proof as Cucumber's messages, which its formatters read: the texts, what was run of them, and what came of each step. */
export function messagesOf(outcomes: readonly Outcome[], { from, to }: Run): Envelope[] {
  const newId = IdGenerator.incrementing();
  const run = newId();
  const texts: Envelope[] = [];
  const cases: Envelope[] = [];
  for (const [file, ran] of Map.groupBy(outcomes, ({ scenario }) => scenario.file)) {
    const data = readFileSync(file, 'utf8');
    const document = new Parser(new AstBuilder(newId), new GherkinClassicTokenMatcher()).parse(data);
    const lines = linesOf(document);
    texts.push(
      { source: { uri: file, data, mediaType: SourceMediaType.TEXT_X_CUCUMBER_GHERKIN_PLAIN } },
      { gherkinDocument: { ...document, uri: file } },
    );
    for (const pickle of compile(document, file, newId)) {
      const outcome = ran.find(({ scenario }) => scenario.line === lines.get(pickle.astNodeIds.at(-1) ?? ''));
      if (outcome === undefined) continue;
      texts.push({ pickle: { ...pickle, tags: tagsOf(pickle, outcome) } });
      cases.push(...caseOf(pickle, outcome, run, newId, from));
    }
  }
  return [
    {
      meta: {
        protocolVersion: '34.0.0',
        implementation: { name: 'lethe prove' },
        runtime: { name: 'node', version: process.versions.node },
        os: { name: process.platform },
        cpu: { name: process.arch },
      },
    },
    ...texts,
    { testRunStarted: { id: run, timestamp: at(from) } },
    ...cases,
    { testRunFinished: { testRunStartedId: run, success: outcomes.every(({ passed }) => passed), timestamp: at(to) } },
  ];
}

/** Those that stand in the file, and those that the register adds. */
const tagsOf = ({ tags, astNodeIds }: Pickle, { scenario }: Outcome): Pickle['tags'] => [
  ...tags,
  ...scenario.tags
    .filter((name) => !tags.some((tag) => tag.name === name))
    .map((name) => ({ name, astNodeId: astNodeIds[0]! })),
];

/** One scenario as it was run: the steps before the one that failed have passed, those behind it were not reached. */
function caseOf(pickle: Pickle, outcome: Outcome, run: string, newId: () => string, from: Date): Envelope[] {
  const testCase = newId();
  const started = newId();
  const steps = pickle.steps.map(({ id }) => ({ id: newId(), pickleStepId: id, stepDefinitionIds: [] }));
  const end = new Date(from.getTime() + outcome.ms);
  return [
    { testCase: { id: testCase, pickleId: pickle.id, testSteps: steps, testRunStartedId: run } },
    { testCaseStarted: { id: started, testCaseId: testCase, attempt: 0, timestamp: at(from) } },
    ...steps.flatMap(({ id }, index): Envelope[] => {
      const about = { testCaseStartedId: started, testStepId: id };
      return [
        { testStepStarted: { ...about, timestamp: at(from) } },
        { testStepFinished: { ...about, testStepResult: resultOf(outcome, index), timestamp: at(end) } },
      ];
    }),
    { testCaseFinished: { testCaseStartedId: started, timestamp: at(end), willBeRetried: false } },
  ];
}

function resultOf({ passed, step = 0, ms, message }: Outcome, index: number): TestStepResult {
  // What lasted is known of the whole scenario only; it stands with the first step.
  const duration = lasting(index === 0 ? ms : 0);
  if (passed || index < step) return { status: TestStepResultStatus.PASSED, duration };
  if (index > step) return { status: TestStepResultStatus.SKIPPED, duration };
  return { status: TestStepResultStatus.FAILED, duration, message: message ?? 'failed' };
}
