export { erasure, ErasureModule } from './erasure.module.ts';
