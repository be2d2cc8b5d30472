import type { z } from 'zod';
import type { changes } from './language/changes.ts';
import type { consent } from './language/consent.ts';
import type { messages, permissions, sdks, trackers } from './language/devices.ts';
import type { cessation, contacts, incidents, security, silent } from './language/duties.ts';
import type { deidentified, ground } from './language/exceptions.ts';
import type { joining, uses } from './language/fields.ts';
import type { minors } from './language/minors.ts';
import type { controllerChange, publication, recipients, sharing, transfer } from './language/recipients.ts';
import type { requests } from './language/requests.ts';
import type { retention } from './language/retention.ts';
import type { scope, territory } from './language/scope.ts';
import type { Names } from './refusals.ts';
import type { Stated } from './pack.ts';
import type { WorkingCalendar } from './working-days.ts';

/** What a section says, as it stands in the file. */
type Said<Schema extends z.ZodType> = Readonly<z.output<Schema>>;
/** An entry whose `name` is called `names`, as everywhere in a pack. */
export type WithNames<Entry> = Omit<Entry, 'name'> & { readonly names: Names };
type Entries<Schema extends z.ZodType> = ReadonlyMap<
  string,
  WithNames<z.output<Schema> extends Readonly<Record<string, infer Entry>> ? Entry : never>
>;

export type Ground = WithNames<Said<typeof ground>>;
export type Scope = Said<typeof scope>;
export type UseRule = Entries<typeof uses> extends ReadonlyMap<string, infer Entry> ? Entry : never;
export type Permission = Entries<typeof permissions> extends ReadonlyMap<string, infer Entry> ? Entry : never;
export type Sdk = Entries<typeof sdks> extends ReadonlyMap<string, infer Entry> ? Entry : never;
export type Message = Entries<typeof messages> extends ReadonlyMap<string, infer Entry> ? Entry : never;
export type Trackers = Said<typeof trackers>;
export type Territory = Said<typeof territory>;
export type Minors = Said<typeof minors>;

/**
 * What a pack says beside purposes, fields and classes. A map is empty where the section is absent; a rule whose list is
 * closed only when it is there (`scope`, `permissions`, `trackers`) asks for the section itself.
 */
export interface PackSections {
  readonly scope: Scope;
  readonly territory: Territory;
  readonly minors: Minors;
  readonly consent: Said<typeof consent>;
  readonly changes?: Said<typeof changes>;
  readonly exceptions: {
    readonly collection: ReadonlyMap<string, Ground>;
    readonly disclosure: ReadonlyMap<string, Ground>;
  };
  readonly deidentified?: Said<typeof deidentified>;
  readonly joining?: Said<typeof joining>;
  readonly uses: ReadonlyMap<string, UseRule>;
  readonly permissions?: ReadonlyMap<string, Permission>;
  readonly trackers?: Trackers;
  readonly sdks: ReadonlyMap<string, Sdk>;
  readonly messages: ReadonlyMap<string, Message>;
  readonly retention?: Said<typeof retention>;
  readonly requests: Omit<Said<typeof requests>, 'deadline' | 'grounds'> & {
    readonly deadline: Omit<z.output<typeof requests>['deadline'], 'days' | 'calendar'> & {
      readonly days: Stated<number>;
      readonly calendar: 'calendar-days' | 'working-days';
    };
    readonly grounds: ReadonlyMap<string, { readonly names: Names; readonly clause: string }>;
  };
  /** The days that are worked, as whoever runs the tenant gives them. */
  readonly calendars: ReadonlyMap<string, WorkingCalendar>;
  readonly recipients: Entries<typeof recipients>;
  readonly sharing?: Said<typeof sharing>;
  readonly transfer?: Said<typeof transfer>;
  readonly publication?: Said<typeof publication>;
  readonly controllerChange?: Said<typeof controllerChange>;
  readonly incidents?: Said<typeof incidents>;
  readonly cessation?: Said<typeof cessation>;
  readonly security?: Said<typeof security>;
  readonly contacts: Entries<typeof contacts>;
  readonly silent: Said<typeof silent>;
}
