import type { Media } from '../parse/media.ts';

/** The expression that makes the body of a page of rows, and the FROM item it reads; `count(*)` counts the page. */
export function bodySql(
  media: Media,
  { select, alias }: { select: string; alias: string },
): { body: string; page: string } {
  const page = `(${select}) AS ${alias}`;
  switch (media.kind) {
    case 'array':
      return { page, body: `coalesce(json_agg(${row(alias, media.stripNulls)}), '[]'::json)::text` };
    case 'object':
      return { page, body: `(json_agg(${row(alias, media.stripNulls)})->0)::text` };
    case 'csv':
      return { page, body: csvSql(alias) };
    case 'geojson':
      return {
        page,
        body: `json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(ST_AsGeoJSON(${alias})::json), '[]'::json))::text`,
      };
    case 'plan':
      return bodySql(media.forMedia, { select, alias });
    case 'custom':
      return { page, body: `coalesce(json_agg(${alias}), '[]'::json)::text` };
  }
}

const row = (alias: string, stripNulls: boolean) => (stripNulls ? `json_strip_nulls(row_to_json(${alias}))` : alias);

/** Header and lines in Postgres' own row text; no rows give an empty header. */
function csvSql(alias: string): string {
  const names = `(SELECT string_agg(k, ',') FROM json_object_keys(json_agg(${alias})->0) AS k)`;
  const lines = `string_agg(substring(${alias}::text, 2, length(${alias}::text) - 2), E'\\n')`;
  return `coalesce(${names}, '') || E'\\n' || coalesce(${lines}, '')`;
}
