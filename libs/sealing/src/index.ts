export type { Approval } from './backup-keys.ts';
export { openStream, sealStream } from './backup-stream.ts';
export { keyringDeclarations } from './declarations.ts';
export { forgettingFunctions } from './forgetting-functions.ts';
export { generationOf } from './envelope.ts';
export type { IntakeKeys } from './intake-keys.ts';
export type { KeptAgainst } from './kept-keys.ts';
export { resolveFunction } from './keyring-functions.ts';
export { keyringGrants, keyringTables } from './keyring-tables.ts';
export type { Inventory } from './inventory.ts';
export { sweepKeepsMatters } from './shred-functions.ts';
export { tenantForgetsIntake, tenantFunctions } from './tenant-functions.ts';
export type { KeyringOptions } from './keyring-options.ts';
export { Keyring, type MatterName } from './keyring.ts';
export type { MatterDate, MatterDated } from './matters.ts';
export { FileRoot, type Root } from './root.ts';
export { TransitRoot, type TransitOptions } from './transit-root.ts';
export { ROTATION_STEPS, type EpochEnded, type RotationOptions, type RotationStep } from './rotation.ts';
export type {
  OpenItem,
  OpenOutcome,
  OpenRefusal,
  PartLabels,
  PartTime,
  SealedLabels,
  SealItem,
  SealOutcome,
  SealRefusal,
} from './seal-item.ts';
export type { Sealer } from './sealer.ts';
export type { Destruction } from './shredding.ts';
