export * from './common.ts';
export * from './collection.ts';
export * from './consent.ts';
export * from './retention.ts';
export * from './erasure.ts';
export * from './packs.ts';
