/** A row as the log has it: column name to Postgres' own text, null for NULL. */
export type Tuple = Readonly<Record<string, string | null>>;

/** One committed change of one row. A tuple is absent unless the log holds the whole row. */
export interface RowChange {
  operation: 'INSERT' | 'UPDATE' | 'DELETE';
  /** Oid of the table, so that a renamed table stays the same. */
  relation: number;
  old: Tuple | null;
  new: Tuple | null;
  committedAt: Date;
  /** Where in the log the commit stands; grows from commit to commit. */
  position: bigint;
}

/** All rows of a table went at once; which, the log does not say. */
export interface TableTruncated {
  operation: 'TRUNCATE';
  relation: number;
}
export type FeedEvent = RowChange | TableTruncated;

/** One run of the feed. Disposing it ends it without `lost`. */
export interface FeedRun extends AsyncDisposable {
  /** Resolves with the reason when the run ends unasked; what was committed from then on is missing from it. */
  lost: Promise<Error>;
}

/** Where committed changes come from: every one once, in commit order, whatever role made it. */
export interface ChangeFeed {
  /** Makes the table's later commits part of the feed, for every node and for good. Errors: AppError, in words. */
  publish(relation: number): Promise<void>;
  /**
   * Resolves once the run is live: what is committed afterwards arrives. An event is delivered when the one before it
   * has been taken, so a slow taker holds the feed back instead of filling memory.
   * Errors: CHANGES_UNAVAILABLE when the server cannot do it.
   */
  open(take: (event: FeedEvent) => Promise<void> | void, schemaChanged: () => void): Promise<FeedRun>;
  /** The present end of the log; everything already committed lies before it. */
  position(): Promise<bigint>;
}
