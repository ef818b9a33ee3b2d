import type { Statement } from '../../../core/postgres/one-trip.ts';
import { ident, qualified } from './sql.ts';

/** Calls the configured function, `schema.function` or `function` in the request's search path. */
export function preRequestSql(name: string, schema: string): Statement {
  const [first = '', second] = name.split('.', 2);
  const target = second === undefined ? qualified({ schema, name: first }) : `${ident(first)}.${ident(second)}`;
  return { text: `SELECT ${target}()`, values: [] };
}
