export { consent } from './consent.module.ts';
export { ConsentHeartbeat } from './consent.heartbeat.ts';
export { ConsentService } from './consent.service.ts';
export { PacksService } from './packs.service.ts';
export { TenantsService } from './tenants.service.ts';
