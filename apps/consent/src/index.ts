export { consent } from './consent.module.ts';
