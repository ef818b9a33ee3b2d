import SchemaBuilder from '@pothos/core';
import DataloaderPlugin from '@pothos/plugin-dataloader';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import type PrismaTypes from '../prisma/generated/pothos-types.ts';
import { getDatamodel } from '../prisma/generated/pothos-types.ts';
import type { GraphQLContext } from './context.ts';
import { decodeGlobalID, encodeGlobalID, requireViewable } from './nodes.ts';

/**
 * Declarations only: no connection, no secret. Root fields are nullable, so that one failure does not blank its
 * siblings; other fields are non-null unless absence means something.
 */
export const builder = new SchemaBuilder<{
  PrismaTypes: PrismaTypes;
  Context: GraphQLContext;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  Scalars: {
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: unknown; Output: unknown };
  };
}>({
  plugins: [PrismaPlugin, RelayPlugin, DataloaderPlugin],
  defaultFieldNullability: false,
  relay: {
    edgesFieldOptions: { nullable: false },
    nodeFieldOptions: { nullable: false },
    nodeQueryOptions: {
      nullable: true,
      description: 'One thing of the catalog by its id, when the viewer may see it.',
      resolve: async (_root, { id }, ctx, _info, load) => {
        await requireViewable(ctx, id);
        return load(id);
      },
    },
    nodesQueryOptions: false,
    encodeGlobalID,
    decodeGlobalID,
  },
  prisma: {
    client: (ctx) => ctx.db,
    dmmf: getDatamodel(),
    exposeDescriptions: false,
    filterConnectionTotalCount: true,
    maxConnectionSize: 100,
    defaultConnectionSize: 20,
    onUnusedQuery: null,
  },
});

builder.queryType({ description: 'Reads.' });
builder.mutationType({ description: 'Writes, each audited. Fields run in order, each in its own transaction.' });
builder.subscriptionType({
  description: 'Streams, over WebSocket (graphql-transport-ws) and server-sent events alike.',
});
