import type { DatabaseConfig } from '../config.ts';

/** Behavior switches of the query layer (contract/postgrest.md §16). */
export type RowsSettings = Omit<DatabaseConfig, 'poolSize' | 'emptyCreatedBody'>;
