export { FakeLethe, type FakeOptions } from './fake-lethe.ts';
