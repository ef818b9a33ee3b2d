import type { FastifyInstance } from 'fastify';
import type { Database } from '../service.ts';
import type { TriggerInfo } from '../structure/objects.ts';

interface InSchema {
  Querystring: { schema?: string | string[] };
}

/** Contract §6.1: lists of what is in a schema. */
export const structureRest =
  ({ introspection }: Pick<Database, 'introspection'>) =>
  async (api: FastifyInstance): Promise<void> => {
    api.get('/database/schemas', async (req) => ({ schemas: await introspection.listSchemas(req.call) }));

    api.get<InSchema>('/database/functions', async (req) => {
      const functions = await introspection.listFunctions(req.call, req.query);
      return {
        functions: functions.map(({ functionName, functionDef, kind }) => ({ functionName, functionDef, kind })),
      };
    });

    api.get<InSchema>('/database/indexes', async (req) => {
      const indexes = await introspection.listIndexes(req.call, req.query);
      return {
        indexes: indexes.map(({ tableName, indexName, indexDef, isUnique, isPrimary }) => ({
          tableName,
          indexName,
          indexDef,
          isUnique,
          isPrimary,
        })),
      };
    });

    api.get<InSchema>('/database/policies', async (req) => {
      const policies = await introspection.listPolicies(req.call, req.query);
      return {
        policies: policies.map(({ tableName, policyName, cmd, roles, qual, withCheck }) => ({
          tableName,
          policyName,
          cmd,
          roles,
          qual,
          withCheck,
        })),
      };
    });

    api.get<InSchema>('/database/triggers', async (req) => {
      const triggers = await introspection.listTriggers(req.call, req.query);
      return { triggers: triggers.flatMap(onePerEvent) };
    });
  };

/** A trigger on INSERT OR UPDATE is two entries. */
const onePerEvent = (trigger: TriggerInfo) =>
  trigger.events.map((eventManipulation) => ({
    tableName: trigger.tableName,
    triggerName: trigger.triggerName,
    actionTiming: trigger.actionTiming,
    eventManipulation,
    actionOrientation: trigger.actionOrientation,
    actionCondition: trigger.actionCondition,
    actionStatement: trigger.actionStatement,
  }));
