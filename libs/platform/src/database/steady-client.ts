import { steadyName } from '@lethe/kernel';
import pg from 'pg';

type Query = (statement: unknown, ...rest: unknown[]) => unknown;
/** What the driver has, and its types do not say. */
interface Wired {
  pipeline: boolean;
  readonly connection: { readonly stream: { cork(): void; uncork(): void } };
}

/**
 * A connection on which a steady statement is parsed and planned once, and on which what is asked before the last answer has come
 * is sent at once; answers come in the order asked. Whatever else is asked goes through as it came.
 */
export class SteadyClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.streams(false);
    const ask = super.query.bind(this) as Query;
    const query: Query = (statement, ...rest) => {
      const name = typeof statement === 'string' ? steadyName(statement) : undefined;
      return ask(name === undefined ? statement : { name, text: statement }, ...rest);
    };
    this.query = query as pg.Client['query'];
  }

  /** Whether streams of rows (COPY) come next: each has the connection to itself. To be said while nothing is being asked. */
  streams(are: boolean): void {
    (this as unknown as Wired).pipeline = !are;
  }

  /** What `work` asks at once leaves in one piece: one round trip. */
  together<Answer>(work: () => Answer): Answer {
    const { stream } = (this as unknown as Wired).connection;
    stream.cork();
    try {
      return work();
    } finally {
      process.nextTick(() => stream.uncork());
    }
  }
}
