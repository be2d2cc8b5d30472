import fc from 'fast-check';
import { TreeNodes } from './tree-nodes.ts';
import {
  consistencyPath,
  emptyRoot,
  inclusionPath,
  leafHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './tree.ts';

/** The leaves of the reference tests of Certificate Transparency (merkletree test vectors, google/certificate-transparency). */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  (hex) => Buffer.from(hex, 'hex'),
);
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const treeOf = (leaves: readonly Buffer[]): TreeNodes => {
  const nodes = new TreeNodes();
  for (const leaf of leaves) nodes.push(leafHash(leaf));
  return nodes;
};
const leavesOf = (size: number): Buffer[] => Array.from({ length: size }, (_, index) => Buffer.from(`leaf ${index}`));

test('the root of nothing is the hash of nothing', () => {
  expect(emptyRoot().toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test.each(ROOTS.map((root, index) => [index + 1, root] as const))(
  'the reference tree of %i leaves has its known root',
  (size, root) => {
    expect(rootOf(treeOf(LEAVES.slice(0, size)).node, 0, size).toString('hex')).toBe(root);
  },
);

test('the reference inclusion proof of leaf 6 of 8 is the known one', () => {
  expect(inclusionPath(treeOf(LEAVES).node, 5, 0, 8).map((hash) => hash.toString('hex'))).toEqual([
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
});

test('every leaf of every tree proves its inclusion, at its place and no other', () => {
  for (let size = 1; size <= 40; size += 1) {
    const leaves = leavesOf(size);
    const { node } = treeOf(leaves);
    const root = rootOf(node, 0, size);
    leaves.forEach((leaf, index) => {
      const path = inclusionPath(node, index, 0, size);
      expect(verifyInclusion(leafHash(leaf), index, size, path, root)).toBe(true);
      for (let other = 0; other < size; other += 1) {
        if (other !== index) expect(verifyInclusion(leafHash(leaf), other, size, path, root)).toBe(false);
      }
      expect(verifyInclusion(leafHash(Buffer.from('another')), index, size, path, root)).toBe(false);
    });
  }
});

test('every tree is consistent with every smaller one, and with no other', () => {
  for (let second = 1; second <= 24; second += 1) {
    const { node } = treeOf(leavesOf(second));
    const root = rootOf(node, 0, second);
    for (let first = 1; first <= second; first += 1) {
      const path = consistencyPath(node, first, second);
      expect(verifyConsistency(first, second, rootOf(node, 0, first), root, path)).toBe(true);
      expect(verifyConsistency(first, second, leafHash(Buffer.from('forged')), root, path)).toBe(false);
      expect(verifyConsistency(first, second, rootOf(node, 0, first), leafHash(Buffer.from('forged')), path)).toBe(
        false,
      );
    }
  }
});

test('a proof with any bit changed proves nothing', () => {
  const leaves = leavesOf(21);
  const { node } = treeOf(leaves);
  const root = rootOf(node, 0, 21);
  fc.assert(
    fc.property(fc.nat(20), fc.nat(255), fc.nat(4), (index, bit, step) => {
      const path = inclusionPath(node, index, 0, 21);
      const target = path[step % path.length];
      if (!target) return;
      target[bit >> 3] = (target[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verifyInclusion(leafHash(leaves[index] ?? Buffer.alloc(0)), index, 21, path, root)).toBe(false);
    }),
  );
});
