export { writeDurably } from './durable-file.ts';
export type { Head } from './head.ts';
export { Ledger, type LedgerOptions } from './ledger.ts';
export { ledgerEntry, type LedgerEntry, type LedgerFact } from './ledger-entry.ts';
export { MerkleLog, type LogReceipt } from './merkle-log.ts';
export { checkpointOf, readCheckpoint, type Checkpoint } from './checkpoint.ts';
export { emptyRoot, leafHash, nodeHash, verifyConsistency, verifyInclusion } from './tree.ts';
export { SigningKeys, thumbprint, verifierKeys } from './signing-keys.ts';
export {
  appendFinalStatement,
  commitmentOf,
  issueCertificate,
  newSalt,
  requestCommitment,
  statementDigest,
} from './certificate.ts';
export { verifyCertificate, type Verification, type VerificationFinding } from './verify-certificate.ts';
export { canonical } from './canonical.ts';
export { issueReceipt, saysReceipt, verifyReceipt, type ReceiptVerification } from './receipt.ts';
export {
  appendFinalToTenantEnd,
  issueTenantEnd,
  saysTenantEnd,
  verifyTenantEnd,
  type TenantEndVerification,
} from './tenant-end.ts';
