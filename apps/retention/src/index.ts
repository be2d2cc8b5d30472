export { retention } from './retention.module.ts';
