import type { Statement } from '../../../core/postgres/one-trip.ts';
import type { Media } from '../parse/media.ts';

/** EXPLAIN of a statement; options come from a fixed list. */
export function planStatement(main: Statement, media: Media & { kind: 'plan' }): Statement {
  const options = [...media.options.map((option) => option.toUpperCase()), `FORMAT ${media.format.toUpperCase()}`];
  return { text: `EXPLAIN (${options.join(', ')}) ${main.text}`, values: main.values };
}
