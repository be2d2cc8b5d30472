import { dayOf, type Zone } from '@lethe/kernel';
import { instantOf } from './time.ts';

/** A value as it stands in a table: lists by commas, yes and no, `-` for nothing. */
export function cell(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(cell).join(', ');
  if (value === undefined || value === null) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Whether a cell says this value. `…` is anything but nothing; a day or a local time says an instant to the minute. */
export function matches(wanted: string, value: unknown, zone: Zone): boolean {
  if (wanted === '…') return cell(value) !== '-';
  const isInstant = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value);
  if (isInstant && /^\d{4}-\d{2}-\d{2}$/.test(wanted)) return dayOf(new Date(value), zone) === wanted;
  if (isInstant && /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/.test(wanted))
    return Math.abs(new Date(value).getTime() - instantOf(wanted, zone).getTime()) <= 60_000;
  return cell(value) === wanted;
}
