export { erasure, ErasureModule } from './erasure.module.ts';
export { ErasureService } from './erasure.service.ts';
export { ErasureSweep } from './erasure.sweep.ts';
export { RecordingService } from './recording.service.ts';
