import { z } from 'zod';
import { calendars } from './language/calendars.ts';
import { changes } from './language/changes.ts';
import { consent } from './language/consent.ts';
import { messages, permissions, sdks, trackers } from './language/devices.ts';
import { cessation, contacts, controller, incidents, security, silent, zone } from './language/duties.ts';
import { deidentified, exceptions } from './language/exceptions.ts';
import { categories, declarations, fields, joining, uses } from './language/fields.ts';
import { minors } from './language/minors.ts';
import { purpose } from './language/purposes.ts';
import { controllerChange, publication, recipients, sharing, transfer } from './language/recipients.ts';
import { clauseFile } from './language/register.ts';
import { requests } from './language/requests.ts';
import { anchors, backups, disposalClass, evidence, retention } from './language/retention.ts';
import { scope, territory } from './language/scope.ts';
import { clause, day, name, names, plainName, version } from './language/words.ts';

export { CARRIERS, type ClauseFile, clauseFile, CONCERNS } from './language/register.ts';

const tenant = z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, 'not a tenant id');
/** What the text leaves to whoever runs the tenant stands in `deployer.yaml` beside the policy. */
const orDeployer = <Value extends z.ZodType>(value: Value) => z.union([value, z.literal('deployer')]);
const left = { effectiveFrom: day, zone, controller, contacts };

/** The language of `policy.yaml`: what the file may say. What it must mean is `check-pack.ts`. One file a section: `language/`. */
export const policyFile = z.strictObject({
  apiVersion: z.literal('lethe.dev/v1'),
  kind: z.literal('PolicyPack'),
  pack: tenant,
  version,
  effectiveFrom: orDeployer(left.effectiveFrom),
  title: names,
  zone: orDeployer(left.zone),
  controller: orDeployer(left.controller),
  contacts: orDeployer(left.contacts).optional(),
  notices: z.array(version).default([]),
  scope: scope.optional(),
  territory,
  minors,
  consent: consent.optional(),
  changes: changes.optional(),
  exceptions: exceptions.optional(),
  deidentified: deidentified.optional(),
  categories,
  declarations,
  fields,
  joining: joining.optional(),
  uses: uses.optional(),
  purposes: z.record(plainName, purpose),
  permissions: permissions.optional(),
  trackers: trackers.optional(),
  sdks: sdks.optional(),
  messages: messages.optional(),
  anchors,
  classes: z.record(name, disposalClass),
  retention: retention.optional(),
  backups,
  evidence,
  requests,
  recipients: recipients.optional(),
  sharing: sharing.optional(),
  transfer: transfer.optional(),
  publication: publication.optional(),
  controllerChange: controllerChange.optional(),
  incidents: incidents.optional(),
  cessation: cessation.optional(),
  security: security.optional(),
  silent: silent.optional(),
  refusals: z.record(name, clause),
});
export type PolicyFile = z.output<typeof policyFile>;

/** Keys that mean something in one place only, and why not where they stand. */
export const BELONGS_ELSEWHERE = {
  end: 'nothing but the floor of a class ends on a working day: a limit that moved would come later than was promised',
};

/** The language of `deployer.yaml`. `example`: values to try a pack with; nobody is told that they are true. */
export const deployerFile = z.strictObject({
  apiVersion: z.literal('lethe.dev/v1'),
  kind: z.literal('DeployerValues'),
  pack: tenant,
  example: z.boolean(),
  effectiveFrom: left.effectiveFrom.optional(),
  zone: left.zone.optional(),
  controller: left.controller.optional(),
  contacts: left.contacts.optional(),
  /** The days that are worked, by the name that deadlines of working days give. */
  calendars: calendars.optional(),
});
export type DeployerFile = z.output<typeof deployerFile>;

/** The keys a policy may leave to the deployer. */
export const LEFT_TO_DEPLOYER = Object.keys(left) as (keyof typeof left)[];

/** A policy in which nothing is left open. */
export type PackFile = Omit<PolicyFile, 'effectiveFrom' | 'zone' | 'controller' | 'contacts'> & {
  readonly effectiveFrom: string;
  readonly zone: string;
  readonly controller: z.output<typeof controller>;
  readonly contacts?: z.output<typeof contacts> | undefined;
  readonly calendars?: z.output<typeof calendars> | undefined;
  readonly deployer?: { readonly example: boolean; readonly gives: readonly string[] } | undefined;
};

/** The languages as JSON Schema, for editors. */
const jsonSchema = (schema: z.ZodType): unknown => z.toJSONSchema(schema, { io: 'input' });
export const packJsonSchema = (): unknown => jsonSchema(policyFile);
export const clauseJsonSchema = (): unknown => jsonSchema(clauseFile);
export const deployerJsonSchema = (): unknown => jsonSchema(deployerFile);
