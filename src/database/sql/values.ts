import pg from 'pg';

/** Text of a value in the wire's text format → what JSON shows of it. */
type Encode = (text: string) => unknown;

const asText: Encode = (text) => text;
const asNumber: Encode = (text) => {
  const number = Number(text);
  return Number.isFinite(number) ? number : text; // JSON has no NaN and no infinity
};
const asJson: Encode = (text) => JSON.parse(text);
const byDriver = (oid: number): Encode => pg.types.getTypeParser(oid, 'text') as Encode;

/**
 * `2026-01-02 03:04:05.678912+05:30` → ISO 8601 in UTC, with milliseconds, or microseconds where there are any. Without a
 * zone it is taken as UTC. What ISO cannot say (infinity, BC) stays as Postgres writes it.
 */
function asMoment(text: string): string {
  const found = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?([+-]\d\d(?::\d\d){0,2})?$/.exec(text);
  if (!found) return text;
  const [, date, time, fraction = '', zone = '+00'] = found;
  const offset = zone.length === 3 ? `${zone}:00` : zone.slice(0, 6);
  const moment = new Date(`${date}T${time}.000${offset}`);
  if (Number.isNaN(moment.getTime())) return text;
  return moment.toISOString().replace('000Z', `${fraction.padEnd(3, '0')}Z`);
}

const { builtins } = pg.types;
const encoders: ReadonlyMap<number, Encode> = new Map<number, Encode>([
  [builtins.BOOL, (text) => text === 't'],
  [builtins.INT2, asNumber],
  [builtins.INT4, asNumber],
  [builtins.OID, asNumber],
  [builtins.FLOAT4, asNumber],
  [builtins.FLOAT8, asNumber],
  [builtins.JSON, asJson],
  [builtins.JSONB, asJson],
  [builtins.TIMESTAMP, asMoment],
  [builtins.TIMESTAMPTZ, asMoment],
  [builtins.BYTEA, byDriver(builtins.BYTEA)], // a Buffer, whose JSON is {"type":"Buffer","data":[…]}
  [600, byDriver(600)], // point
  [718, byDriver(718)], // circle
]);

/** Everything else is Postgres' own text: int8 and numeric (which JSON numbers would round), date, interval, uuid, … */
const encoderOf = (oid: number): Encode => encoders.get(oid) ?? asText;

/** Element type of each array type, by oid. */
export type ArrayElements = ReadonlyMap<number, number>;

/** Makes JSON values of one column's texts; null stays null. */
export function valueEncoder(oid: number, elements: ArrayElements): (text: string | null) => unknown {
  const element = elements.get(oid);
  const encode = element === undefined ? encoderOf(oid) : arrayEncoder(encoderOf(element));
  return (text) => (text === null ? null : encode(text));
}

/** Its type declaration is that of another version. */
const arrayParser = pg.types.arrayParser as unknown as {
  create(text: string, entry: Encode): { parse(): unknown[] };
};
const arrayEncoder =
  (encode: Encode): Encode =>
  (text) =>
    arrayParser.create(text, encode).parse();

/** Which of the columns' types are arrays, and of what. */
export async function readArrayElements(client: pg.ClientBase, oids: readonly number[]): Promise<ArrayElements> {
  const unknown = [...new Set(oids)].filter((oid) => !encoders.has(oid) && !scalars.has(oid));
  if (unknown.length === 0) return new Map();
  const { rows } = await client.query<{ oid: number; element: number }>(arrayTypes, [unknown]);
  return new Map(rows.map((row) => [row.oid, row.element]));
}

/** The two vector types have no braces; an element that is a domain counts as what it is a domain of. */
const arrayTypes = `SELECT a.oid, coalesce(nullif(e.typbasetype, 0), e.oid) AS element
  FROM pg_catalog.pg_type AS a JOIN pg_catalog.pg_type AS e ON e.oid = a.typelem
  WHERE a.oid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]) AND a.typcategory = 'A' AND a.typdelim = ','
    AND a.typname NOT IN ('int2vector', 'oidvector')`;

/** Common types that are no arrays, so that most results need no look into the catalog. */
const scalars = new Set<number>([
  builtins.TEXT,
  builtins.VARCHAR,
  builtins.BPCHAR,
  builtins.INT8,
  builtins.NUMERIC,
  builtins.UUID,
  builtins.DATE,
  builtins.INTERVAL,
  builtins.TIME,
  19, // name
]);
