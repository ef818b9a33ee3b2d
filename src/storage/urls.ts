/**
 * The URL of an object on this server. `v` in the query makes caches see an overwrite; the server ignores it.
 * `base` without a trailing slash; '' gives a root-relative one.
 */
export function objectUrl(
  object: { bucket: string; key: string },
  base: string,
  query: Record<string, string> = {},
): string {
  const path = `${base}/api/storage/buckets/${encodeURIComponent(object.bucket)}/objects/${encodeURIComponent(object.key)}`;
  const search = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return search.length > 0 ? `${path}?${search.join('&')}` : path;
}
