export { Lethe } from './lethe.ts';
export type { ConsentAct, ConsentOutcome, DisposalOrder, ErasureOrder, GateAnswer, GateQuestion, LetheOptions, Opened, OutItem, Statement, Submission, SubmissionAnswer } from './lethe.ts';
export { HttpTransport, type Addresses, type TokenSource } from './transport.ts';
