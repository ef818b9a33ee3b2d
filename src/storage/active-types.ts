/** Types that run script when a browser opens them on our origin; compared without parameters. */
const active = new Set([
  'text/html',
  'image/svg+xml',
  'text/javascript',
  'application/javascript',
  'application/ecmascript',
  'text/ecmascript',
  'application/x-javascript',
  'application/xhtml+xml',
  'application/x-xhtml+xml',
  'text/xml',
  'application/xml',
]);

/** Whether a stored type must not be shown inline; `type` as a Content-Type header. */
export const isActiveType = (type: string): boolean => active.has((type.split(';')[0] ?? '').trim().toLowerCase());
