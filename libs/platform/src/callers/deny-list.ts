import { z } from 'zod';

/** How long the list may be trusted before it is read again, machine milliseconds: well within the promised minute. */
const READ_EVERY_MS = 15_000;

const names = z.array(z.string().min(1).max(512)).max(100_000).default([]);
const shape = z.strictObject({
  /** `jti` of single tokens. */
  tokens: names,
  /** `iss#client_id` (or `iss#azp`): every token of that client. */
  clients: names,
  /** `iss#sub`: every token of that caller. */
  callers: names,
});

type Denied = Readonly<Record<'tokens' | 'clients' | 'callers', ReadonlySet<string>>>;

/** What of a token the list may name. */
export interface TokenNames {
  readonly token?: string | undefined;
  readonly client?: string | undefined;
  readonly caller: string;
}

/**
 * Tokens that must not be believed any more although they are signed and not expired: an emergency. A file that cannot be read
 * leaves the list as it was, and `broken` says so; at the first reading it is thrown.
 */
export class DenyList {
  #readAt = -Infinity;
  #denied: Denied;

  /**
   * @param read the text of the list; undefined: nobody is denied
   * @param now machine milliseconds, monotonic
   */
  constructor(
    private readonly read: () => string | undefined,
    private readonly now: () => number,
    private readonly broken: (error: unknown) => void = () => undefined,
  ) {
    this.#denied = this.#load();
  }

  has({ token, client, caller }: TokenNames): boolean {
    if (this.now() - this.#readAt >= READ_EVERY_MS) {
      try {
        this.#denied = this.#load();
      } catch (error) {
        this.broken(error);
      }
    }
    const { tokens, clients, callers } = this.#denied;
    return (
      callers.has(caller) || (token !== undefined && tokens.has(token)) || (client !== undefined && clients.has(client))
    );
  }

  #load(): Denied {
    this.#readAt = this.now();
    const { tokens, clients, callers } = shape.parse(JSON.parse(this.read() ?? '{}'));
    return { tokens: new Set(tokens), clients: new Set(clients), callers: new Set(callers) };
  }
}
