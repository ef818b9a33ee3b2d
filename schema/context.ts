import type { Rooms } from '../src/app.ts';
import type { Call } from '../src/core/call.ts';
import type { Db } from '../src/core/postgres/catalog-db.ts';

/** What resolvers get: the request's Call, the rooms' verbs, and the catalog client for Pothos' own selections. */
export interface GraphQLContext {
  call: Call;
  rooms: Rooms;
  db: Db;
  /** The HTTP request; absent on a WebSocket. */
  request?: Request;
}
