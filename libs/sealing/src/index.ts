export { openStream, sealStream } from './backup-stream.ts';
export { Keyring } from './keyring.ts';
export type { Approval, Destruction, EpochEnded, KeptAgainst, KeyringOptions, MatterDated, MatterName } from './keyring.ts';
export { keyringGrants, keyringTables } from './keyring-tables.ts';
export { FileRoot, type Root } from './root.ts';
export type { OpenItem, OpenOutcome, OpenRefusal, PartLabels, PartTime, SealedLabels, SealItem, SealOutcome, SealRefusal } from './seal-item.ts';
export type { Sealer } from './sealer.ts';
