import { existsSync } from 'node:fs';

/**
 * One set-up for all tests. `*.spec.ts` needs nothing; `*.docker.spec.ts` needs an engine with our images, `*.openbao.spec.ts` an
 * OpenBao (tools/ci/openbao), `*.s3.spec.ts` an S3Proxy (tools/ci/s3proxy), `*.nginx.spec.ts` an nginx (tools/ci/nginx),
 * `*.faketime.spec.ts` libfaketime (tools/ci/faketime).
 */
const swc = {
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

export default {
  rootDir: import.meta.dirname,
  roots: ['apps', 'libs', 'tools', 'policies'].filter((folder) => existsSync(new URL(folder, import.meta.url))),
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@lethe/source', 'node', 'node-addons'] },
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '/dist/',
    ...(process.env.LETHE_TEST_DOCKER === '1' ? [] : ['\\.docker\\.spec\\.ts$']),
    ...(process.env.LETHE_TEST_OPENBAO ? [] : ['\\.openbao\\.spec\\.ts$']),
    ...(process.env.LETHE_TEST_S3PROXY ? [] : ['\\.s3\\.spec\\.ts$']),
    ...(process.env.LETHE_TEST_NGINX ? [] : ['\\.nginx\\.spec\\.ts$']),
    ...(process.env.LETHE_TEST_FAKETIME ? [] : ['\\.faketime\\.spec\\.ts$']),
  ],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }] },
  workerIdleMemoryLimit: '1GB',
  testTimeout: 60_000,
};
