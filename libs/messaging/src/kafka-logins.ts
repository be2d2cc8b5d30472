import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import {
  AclOperations,
  AclPermissionTypes,
  alterUserScramCredentialsV0,
  Connection,
  createAclsV3,
  deleteAclsV3,
  describeAclsV3,
  ResourcePatternTypes,
  ResourceTypes,
  SASLMechanisms,
  type Acl,
} from '@platformatic/kafka';
import { unavailable } from './kafka-record.ts';

/** What a login may do with topics or consumer groups of one name, or of all names that begin with it. */
export interface KafkaRight {
  readonly on: 'topic' | 'group';
  readonly name: string;
  /** All names that begin with `name`. */
  readonly prefix?: true;
  readonly may: readonly ('read' | 'write' | 'create')[];
}

export interface KafkaLoginsOptions {
  /** `host:port` of a listener that takes the administrator. */
  readonly broker: string;
  /** By SASL/PLAIN: an administrator exists before the broker has anywhere to keep a login. */
  readonly administrator: { readonly username: string; readonly password: string };
  readonly tls?: boolean;
}

/** RFC 5802; between 4,096 and 16,384 for Kafka. The passwords are random, so that more would protect nothing. */
const ITERATIONS = 4_096;
const SCRAM_SHA_512 = 2;
const NOT_THERE = 91;

/**
 * Logins (SCRAM-SHA-512) and what they may do, kept by the broker. The only file that knows @platformatic/kafka: kafkajs cannot
 * make a login.
 */
export class KafkaLogins {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @throws Fault `unavailable` when the broker is not there, or does not know the administrator */
  static async connect({ broker, administrator, tls }: KafkaLoginsOptions): Promise<KafkaLogins> {
    const { hostname, port } = new URL(`kafka://${broker}`);
    const connection = new Connection('lethe-init', {
      connectTimeout: 5_000,
      requestTimeout: 15_000,
      sasl: { mechanism: SASLMechanisms.PLAIN, ...administrator },
      ...(tls ? { tls: {} } : {}),
    });
    // A connection that fails says so twice, the second time to whoever listens.
    connection.on('error', () => undefined);
    try {
      await connection.connect(hostname, Number(port));
      return new KafkaLogins(connection);
    } catch (error) {
      throw unavailable(error);
    }
  }

  /**
   * The login has this password and exactly these rights from now on. What it had before and keeps is never interrupted. The
   * password itself does not leave this process.
   */
  async ensure(username: string, password: string, rights: readonly KafkaRight[]): Promise<void> {
    const salt = randomBytes(32);
    const saltedPassword = await promisify(pbkdf2)(password, salt, ITERATIONS, 64, 'sha512');
    const login = { name: username, mechanism: SCRAM_SHA_512, iterations: ITERATIONS, salt, saltedPassword };
    try {
      await alterUserScramCredentialsV0.api.async(this.#connection, [], [login]);
      await this.#allow(username, aclsOf(username, rights));
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** The login and all its rights; what it has open can do nothing any more. Does nothing where it is not there. */
  async remove(username: string): Promise<void> {
    try {
      await this.#allow(username, []);
      await alterUserScramCredentialsV0.api
        .async(this.#connection, [{ name: username, mechanism: SCRAM_SHA_512 }], [])
        .catch((error: unknown) => {
          if (!isNotThere(error)) throw error;
        });
    } catch (error) {
      throw unavailable(error);
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #allow(username: string, wanted: readonly Acl[]): Promise<void> {
    const { resources } = await describeAclsV3.api.async(this.#connection, {
      resourceType: ResourceTypes.ANY,
      resourceName: null,
      resourcePatternType: ResourcePatternTypes.ANY,
      principal: principalOf(username),
      host: null,
      operation: AclOperations.ANY,
      permissionType: AclPermissionTypes.ANY,
    });
    const there = resources.flatMap(({ acls, resourceType, resourceName, resourcePatternType }) =>
      acls.map((acl): Acl => ({ resourceType, resourceName, resourcePatternType, ...acl })),
    );
    const missing = without(wanted, there);
    if (missing.length > 0) await createAclsV3.api.async(this.#connection, missing);
    const excess = without(there, wanted);
    if (excess.length > 0) await deleteAclsV3.api.async(this.#connection, excess);
  }
}

const principalOf = (username: string): string => `User:${username}`;

const aclsOf = (username: string, rights: readonly KafkaRight[]): Acl[] =>
  rights.flatMap(({ on, name, prefix, may }) =>
    may.map((operation) => ({
      resourceType: on === 'topic' ? ResourceTypes.TOPIC : ResourceTypes.GROUP,
      resourceName: name,
      resourcePatternType: prefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
      principal: principalOf(username),
      host: '*',
      operation: { read: AclOperations.READ, write: AclOperations.WRITE, create: AclOperations.CREATE }[operation],
      permissionType: AclPermissionTypes.ALLOW,
    })),
  );

const without = (all: readonly Acl[], those: readonly Acl[]): Acl[] => {
  const key = (acl: Acl): string =>
    [
      acl.resourceType,
      acl.resourceName,
      acl.resourcePatternType,
      acl.principal,
      acl.host,
      acl.operation,
      acl.permissionType,
    ].join('\n');
  const keys = new Set(those.map(key));
  return all.filter((acl) => !keys.has(key(acl)));
};

/** The broker names what it could not do by the number of its reason, somewhere below what is thrown. */
const isNotThere = (error: unknown): boolean => {
  if (typeof error !== 'object' || error === null) return false;
  const { apiCode, errors } = error as { readonly apiCode?: unknown; readonly errors?: readonly unknown[] };
  return apiCode === NOT_THERE || (Array.isArray(errors) && errors.some(isNotThere));
};
