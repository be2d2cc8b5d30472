import { collection } from '@lethe/collection';
import { consent } from '@lethe/consent';
import { erasure } from '@lethe/erasure';
import type { ServiceDefinition } from '@lethe/platform';
import { retention } from '@lethe/retention';

/** The services of this version, in the order in which they start. */
export const SERVICES: readonly ServiceDefinition[] = [collection, consent, retention, erasure];
