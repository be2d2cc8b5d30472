import { createHash } from 'node:crypto';

/** RFC 6962 §2.1: a leaf is hashed behind 0x00 and a node behind 0x01, so that neither can pose as the other. */
export const leafHash = (leaf: Uint8Array): Buffer =>
  createHash('sha256').update('\x00', 'latin1').update(leaf).digest();
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer =>
  createHash('sha256').update('\x01', 'latin1').update(left).update(right).digest();
/** The root of a tree without leaves: SHA-256 of nothing. */
export const emptyRoot = (): Buffer => createHash('sha256').digest();

/** The largest power of two smaller than `size` (size ≥ 2). */
const split = (size: number): number => {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
};

/** What a tree can be asked for: the root of the complete subtree of `2 ** level` leaves that starts at `index << level`. */
export type NodeAt = (level: number, index: number) => Buffer;

/** Root of the leaves `from` to `to` (exclusive), where `from` is a multiple of the subtree's width. RFC 6962 MTH. */
export function rootOf(node: NodeAt, from: number, to: number): Buffer {
  const size = to - from;
  if (size === 0) return emptyRoot();
  const level = Math.log2(size);
  if (Number.isInteger(level)) return node(level, from / size);
  const left = split(size);
  return nodeHash(rootOf(node, from, from + left), rootOf(node, from + left, to));
}

/** RFC 6962 §2.1.1 PATH(index, D[from:to]), leaf to root. */
export function inclusionPath(node: NodeAt, index: number, from: number, to: number): Buffer[] {
  if (to - from <= 1) return [];
  const left = split(to - from);
  return index < left
    ? [...inclusionPath(node, index, from, from + left), rootOf(node, from + left, to)]
    : [...inclusionPath(node, index - left, from + left, to), rootOf(node, from, from + left)];
}

/** RFC 6962 §2.1.2 PROOF(first, D[0:second]). */
export function consistencyPath(node: NodeAt, first: number, second: number): Buffer[] {
  const prove = (size: number, from: number, to: number, whole: boolean): Buffer[] => {
    if (size === to - from) return whole ? [] : [rootOf(node, from, to)];
    const left = split(to - from);
    return size <= left
      ? [...prove(size, from, from + left, whole), rootOf(node, from + left, to)]
      : [...prove(size - left, from + left, to, false), rootOf(node, from, from + left)];
  };
  return first === 0 || first === second ? [] : prove(first, 0, second, true);
}

/** True if `leaf` (a leaf hash) stands at `index` in the tree of `size` leaves with that root. RFC 9162 §2.1.3.2. */
export function verifyInclusion(
  leaf: Buffer,
  index: number,
  size: number,
  path: readonly Buffer[],
  root: Buffer,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let node = index;
  let last = size - 1;
  let hash = leaf;
  for (const step of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(step, hash);
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      hash = nodeHash(hash, step);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && hash.equals(root);
}

/** True if the tree of `second` leaves only added to the tree of `first` leaves. RFC 9162 §2.1.4.2. */
export function verifyConsistency(
  first: number,
  second: number,
  firstRoot: Buffer,
  secondRoot: Buffer,
  path: readonly Buffer[],
): boolean {
  if (first > second || first < 0) return false;
  if (first === second) return path.length === 0 && firstRoot.equals(secondRoot);
  if (first === 0) return path.length === 0 && firstRoot.equals(emptyRoot());
  const steps = Number.isInteger(Math.log2(first)) ? [firstRoot, ...path] : [...path];
  const seed = steps.shift();
  if (!seed) return false;
  let node = first - 1;
  let last = second - 1;
  while (node % 2 === 1) {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  let older = seed;
  let newer = seed;
  for (const step of steps) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      older = nodeHash(step, older);
      newer = nodeHash(step, newer);
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      newer = nodeHash(newer, step);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && older.equals(firstRoot) && newer.equals(secondRoot);
}
