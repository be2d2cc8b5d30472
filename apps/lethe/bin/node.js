/** Node, and the compiler, for whoever starts a process of the project. Plain JavaScript without dependencies: it runs before anything is built. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/**
 * Node 24.9 or newer: the one that runs this, or the one that `npm ci` brought.
 * @throws Error when there is neither
 */
export function findNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 24 || (major === 24 && minor >= 9)) return process.execPath;
  const platform = `${process.platform}-${process.arch}`;
  try {
    return join(dirname(require.resolve(`node-${platform}/package.json`)), 'bin/node');
  } catch {
    throw new Error(`needs Node 24.9 or newer, and ${platform} brings none: install it and try again`);
  }
}

/** The compiler that `npm ci` brought, to be run by Node. @throws Error when there is none */
export const findCompiler = () => join(dirname(require.resolve('@typescript/native/package.json')), 'bin/tsc');
