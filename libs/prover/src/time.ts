import { startOfDay, type Zone } from '@lethe/kernel';

/** A local day, or a day and time, as an instant of the zone. Times are counted from midnight: no zone of a pack leaps at night. */
export function instantOf(text: string, zone: Zone): Date {
  const [day = '', time = '00:00'] = text.split(' ');
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  return new Date(startOfDay(day, zone).getTime() + ((hours * 60 + minutes) * 60 + seconds) * 1000);
}
