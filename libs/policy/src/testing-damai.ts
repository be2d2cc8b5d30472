import { fileURLToPath } from 'node:url';
import type { AdmissionFacts, ConsentFact, SubjectFacts, SubmissionFacts } from './facts.ts';
import { loadPack } from './load-pack.ts';

/** What the specs of the rules have in common: the Damai pack, two people, one now. */
export const DAMAI_FOLDER = fileURLToPath(new URL('../../../policies/damai', import.meta.url));
export const damai = loadPack(DAMAI_FOLDER);

export const NOW = new Date('2026-03-02T02:00:00Z');
export const LI = 'bGlfbGlfbGlfbGlfbGlfbA';
export const WANG = 'd2FuZ193YW5nX3dhbmdfdw';

export const person = (over: Partial<SubjectFacts> = {}): SubjectFacts => ({
  consents: {},
  guardian: 'not-needed',
  state: 'open',
  ...over,
});

export const given = (over: Partial<ConsentFact> = {}): ConsentFact => ({
  consent: '0198c3a0-0000-7000-8000-000000000001',
  version: 1,
  state: 'given',
  level: 'separate',
  notice: '2020-11-18',
  at: new Date('2026-01-10T00:00:00Z'),
  ...over,
});

export const facts = (over: Partial<AdmissionFacts> = {}): AdmissionFacts => ({ subjects: {}, lease: 'live', ...over });

const submission = (
  purpose: string,
  fields: SubmissionFacts['fields'],
  over: Partial<SubmissionFacts> = {},
): SubmissionFacts => ({
  subject: LI,
  purpose,
  declarations: [],
  region: 'CN',
  fields,
  others: [],
  ...over,
});

export const registration = (over: Partial<SubmissionFacts> = {}): SubmissionFacts =>
  submission(
    'registration',
    { 'account-name': 'li', nickname: '小李', password: 'x', 'mobile-number': '13800000000' },
    { notice: '2020-11-18', matter: 'account', ...over },
  );

export const order = (over: Partial<SubmissionFacts> = {}): SubmissionFacts =>
  submission(
    'order',
    { 'order-number': 'O-501', 'event-name': '茶馆', 'event-day': '2026-04-01', 'order-amount': 480 },
    { matter: 'order', ...over },
  );

export const face = (over: Partial<SubmissionFacts> = {}): SubmissionFacts =>
  submission('face-verification', { 'face-image': 'data' }, { declarations: ['face-function'], ...over });

export const log = (over: Partial<SubmissionFacts> = {}): SubmissionFacts =>
  submission('display-and-logs', { 'ip-address': '10.0.0.1', 'device-model': 'M' }, over);
