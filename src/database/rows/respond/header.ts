/** Whether HTTP can carry it: a token and one line of Latin-1. SQL may set any text. https://www.rfc-editor.org/rfc/rfc9110#section-5 */
export const isHeader = (name: string, value: string): boolean =>
  /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);

/** A name as a header value: what no header can carry is percent-encoded. */
export const headerName = (name: string): string => (/^[\x20-\x7e]*$/.test(name) ? name : encodeURIComponent(name));
