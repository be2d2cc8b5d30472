export * from './facts.ts';
export * from './pack.ts';
export { REFUSALS, type Language, type Names, type RefusalCode } from './refusals.ts';
export { PolicyFault, describeFinding, type Finding } from './finding.ts';
export * from './surface.ts';
