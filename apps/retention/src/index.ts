export { retention } from './retention.module.ts';
export { BackupsService } from './backups.service.ts';
export { HoldsService } from './holds.service.ts';
export { RetentionService } from './retention.service.ts';
export { RetentionSweep } from './retention.sweep.ts';
export { RestoresService } from './restores.service.ts';
