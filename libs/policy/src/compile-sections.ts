import { statedFrom } from './language/words.ts';
import type { PackFile } from './pack-file.ts';
import type { PackSections, WithNames } from './pack-sections.ts';
import { calendarFrom } from './working-days.ts';

/** A record of the file as a map; what is asked for by a name from outside is looked up in a map, never in an object. */
export const mapOf = <From, To>(
  record: Readonly<Record<string, From>> | undefined,
  to: (value: From, key: string) => To,
): ReadonlyMap<string, To> => new Map(Object.entries(record ?? {}).map(([key, value]) => [key, to(value, key)]));

export const optional = <Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } => (value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: Value }));

const withNames = <Entry extends { readonly name: unknown }>({ name, ...rest }: Entry): WithNames<Entry> =>
  ({ names: name, ...rest }) as unknown as WithNames<Entry>;

/** The sections that are data as they stand. */
export function sectionsFrom(file: PackFile): PackSections {
  return {
    scope: file.scope ?? {},
    territory: file.territory,
    minors: file.minors,
    consent: file.consent ?? {},
    ...optional('changes', file.changes),
    exceptions: {
      collection: mapOf(file.exceptions?.collection, withNames),
      disclosure: mapOf(file.exceptions?.disclosure, withNames),
    },
    ...optional('deidentified', file.deidentified),
    ...optional('joining', file.joining),
    uses: mapOf(file.uses, withNames),
    ...optional('permissions', file.permissions === undefined ? undefined : mapOf(file.permissions, withNames)),
    ...optional('trackers', file.trackers),
    sdks: mapOf(file.sdks, withNames),
    messages: mapOf(file.messages, withNames),
    ...optional('retention', file.retention),
    requests: {
      ...file.requests,
      deadline: {
        ...file.requests.deadline,
        days: statedFrom(file.requests.deadline.days),
        calendar: file.requests.deadline.calendar ?? 'calendar-days',
      },
      grounds: mapOf(file.requests.grounds, withNames),
    },
    calendars: mapOf(file.calendars, calendarFrom),
    recipients: mapOf(file.recipients, withNames),
    ...optional('sharing', file.sharing),
    ...optional('transfer', file.transfer),
    ...optional('publication', file.publication),
    ...optional('controllerChange', file.controllerChange),
    ...optional('incidents', file.incidents),
    ...optional('cessation', file.cessation),
    ...optional('security', file.security),
    contacts: mapOf(file.contacts, withNames),
    silent: file.silent ?? {},
  };
}
