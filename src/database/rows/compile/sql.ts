import { quoted } from '../../rules.ts';

/** Double-quotes an identifier: the one way in which a name enters SQL. NUL is refused where names are parsed. */
export const ident = (name: string): string => quoted(name);

/** `schema.name`, both quoted. */
export const qualified = ({ schema, name }: { schema: string; name: string }): string =>
  `${ident(schema)}.${ident(name)}`;

/** Collects what one statement binds, and hands out names that are free in it. */
export interface Binder {
  readonly values: (string | Buffer | null)[];
  /** Binds without a declared type: Postgres infers it from the other side of the operator. */
  bind(value: string | Buffer | null): string;
  /** Binds with a cast; the same value and type give the same parameter, so that grouped expressions stay equal. */
  typed(value: string, type: 'text' | 'int' | 'bigint' | 'json' | 'jsonb' | 'regconfig'): string;
  /** The root's alias: its own name, so that Postgres' messages speak of it. */
  root(name: string): string;
  /** An alias that starts with `base` and is used nowhere else in the statement. */
  alias(base: string): string;
}

export function createBinder(): Binder {
  const values: (string | Buffer | null)[] = [];
  const typedAt = new Map<string, string>();
  const taken = new Set<string>();
  let counter = 0;
  return {
    values,
    bind: (value) => `$${values.push(value)}`,
    typed: (value, type) => {
      const key = `${type}:${value}`;
      const known = typedAt.get(key) ?? `$${values.push(value)}::${type}`;
      typedAt.set(key, known);
      return known;
    },
    root: (name) => {
      taken.add(name);
      return name;
    },
    alias: (base) => {
      const stem = Buffer.byteLength(base) <= 40 ? base : 'r';
      let name = `${stem}_${++counter}`;
      while (taken.has(name)) name = `${stem}_${++counter}`;
      return name;
    },
  };
}

/** A Postgres array literal of texts, each quoted: `{"a","b\"c"}`. */
export const arrayLiteral = (values: readonly string[]): string =>
  `{${values.map((value) => `"${value.replace(/[\\"]/g, '\\$&')}"`).join(',')}}`;

const typeNames: Readonly<Record<string, string>> = {
  int: 'int4',
  integer: 'int4',
  smallint: 'int2',
  bigint: 'int8',
  float: 'float8',
  'double precision': 'float8',
  real: 'float4',
  boolean: 'bool',
  decimal: 'numeric',
  dec: 'numeric',
  char: 'bpchar',
  character: 'bpchar',
  'character varying': 'varchar',
  'bit varying': 'varbit',
  time: 'time',
  'time without time zone': 'time',
  'time with time zone': 'timetz',
  timestamp: 'timestamp',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
};

/** A cast's type as an identifier: SQL's own spellings become the type's name, all others are quoted, folded to lower case. */
export function castType(name: string): string {
  const folded = name.toLowerCase().replace(/\s+/g, ' ');
  return ident(Object.hasOwn(typeNames, folded) ? (typeNames[folded] as string) : folded);
}
