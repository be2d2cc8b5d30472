import { steadyName } from '@lethe/kernel';
import pg from 'pg';

type Query = (statement: unknown, ...rest: unknown[]) => unknown;

/** A connection on which a steady statement is parsed and planned once; whatever else is asked goes through as it came. */
export class SteadyClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const ask = super.query.bind(this) as Query;
    const query: Query = (statement, ...rest) => {
      const name = typeof statement === 'string' ? steadyName(statement) : undefined;
      return ask(name === undefined ? statement : { name, text: statement }, ...rest);
    };
    this.query = query as pg.Client['query'];
  }
}
