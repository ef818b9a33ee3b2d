/** Read preconditions of RFC 9110 §13; header values verbatim. */
export interface ReadConditions {
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
  ifModifiedSince?: string | undefined;
  ifUnmodifiedSince?: string | undefined;
}

/** `If-Match` and `If-None-Match` of a write, verbatim: `*`, one ETag or a list. */
export interface WriteConditions {
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
}

interface Validators {
  /** Without quotes. */
  etag: string;
  lastModifiedAt: Date;
}

/** Whether an ETag list names `etag`; quotes and `W/` do not matter, `*` names everything. */
export function matchesEtag(list: string, etag: string): boolean {
  return list.split(',').some((item) => {
    const name = item
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1');
    return name === '*' || name === etag;
  });
}

const wholeSeconds = (date: Date) => Math.floor(date.getTime() / 1000);

/** Epoch seconds of an HTTP date; null when it is not one. */
function httpDate(value: string | undefined): number | null {
  const ms = value === undefined ? Number.NaN : Date.parse(value);
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000);
}

/** What a conditional read answers, in the order of RFC 9110 §13.2.2; dates count in whole seconds. */
export function readOutcome(
  object: Validators,
  conditions: ReadConditions,
  now: Date,
): 'ok' | 'notModified' | 'preconditionFailed' {
  const modified = wholeSeconds(object.lastModifiedAt);
  const { ifMatch, ifNoneMatch } = conditions;
  const unmodifiedSince = httpDate(conditions.ifUnmodifiedSince);
  if (ifMatch !== undefined) {
    if (!matchesEtag(ifMatch, object.etag)) return 'preconditionFailed';
  } else if (unmodifiedSince !== null && modified > unmodifiedSince) return 'preconditionFailed';

  const modifiedSince = httpDate(conditions.ifModifiedSince);
  if (ifNoneMatch !== undefined) return matchesEtag(ifNoneMatch, object.etag) ? 'notModified' : 'ok';
  if (modifiedSince !== null && modifiedSince <= wholeSeconds(now) && modified <= modifiedSince) return 'notModified';
  return 'ok';
}

/** What a conditional write may do, given the object that holds the key now. */
export function writeOutcome(
  current: { etag: string } | null,
  conditions: WriteConditions,
): 'ok' | 'preconditionFailed' | 'noSuchKey' {
  const { ifMatch, ifNoneMatch } = conditions;
  if (ifNoneMatch !== undefined && current && matchesEtag(ifNoneMatch, current.etag)) return 'preconditionFailed';
  if (ifMatch === undefined) return 'ok';
  if (!current) return 'noSuchKey';
  return matchesEtag(ifMatch, current.etag) ? 'ok' : 'preconditionFailed';
}
