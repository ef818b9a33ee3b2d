import type { Call } from '../src/core/call.ts';
import { invalidInput, notFound } from '../src/core/errors.ts';
import type { GraphQLContext } from './context.ts';

type Guard = (ctx: GraphQLContext, id: string) => unknown;
const guards = new Map<string, Guard>();
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Declares who may reach a type through `node(id)`: a service verb that throws for everyone else. A type without a
 * guard cannot be reached that way.
 */
export const guardNode = (typename: string, guard: Guard): void => {
  guards.set(typename, guard);
};

/** Errors: NOT_FOUND for an unknown id; what the type's guard throws. */
export async function requireViewable(
  ctx: GraphQLContext,
  { typename, id }: { typename: string; id: string },
): Promise<void> {
  const guard = guards.get(typename);
  if (!guard) throw notFound('node', id);
  await guard(ctx, id);
}

/** A user's id is the bare UUID, because applications store it in their rows; all others are `<type>:<id>` in base64url. */
export const encodeGlobalID = (typename: string, id: string | number | bigint): string =>
  typename === 'User' ? String(id) : Buffer.from(`${typename}:${id}`).toString('base64url');

/** Errors: INVALID_INPUT. */
export function decodeGlobalID(globalId: string): { typename: string; id: string } {
  if (uuid.test(globalId)) return { typename: 'User', id: globalId.toLowerCase() };
  const [, typename, id] = /^(\w+):(.+)$/.exec(Buffer.from(globalId, 'base64url').toString()) ?? [];
  if (!typename || !id) throw invalidInput('id: is not the id of a node', 'Use an id as it was given.');
  return { typename, id };
}

/** The row id of an argument that takes a node's id or the bare one that REST shows. */
export const rowId = (typename: string, given: string): string => {
  if (uuid.test(given)) return given;
  const decoded = decodeGlobalID(given);
  if (decoded.typename !== typename) throw invalidInput(`id: is of a ${decoded.typename}, not of a ${typename}`);
  return decoded.id;
};

/** For the verbs that keep it: what the client says it is. */
export const userAgentOf = ({ request }: { call: Call; request?: Request }): string | undefined =>
  request?.headers.get('user-agent') ?? undefined;
