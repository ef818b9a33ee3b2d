import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { schema } from '../schema/index.ts';
import type { App } from './app.ts';
import { authRest } from './auth/rest.ts';
import { graphqlHttp } from './core/graphql/http.ts';
import { graphqlSockets } from './core/graphql/sockets.ts';
import { tour } from './core/graphql/tour.ts';
import { createGraphQL } from './core/graphql/yoga.ts';
import { parseBodies } from './core/http/bodies.ts';
import { addCalls, socketCalls, trustOf } from './core/http/calls.ts';
import { renderError, unknownRoute } from './core/http/errors.ts';
import { logRequests } from './core/http/log.ts';
import { operations } from './core/http/operations.ts';
import { databaseRest } from './database/rest/index.ts';
import { recordsRest } from './database/rest/records.ts';
import { createS3Gateway } from './storage/gateway/index.ts';
import { addressOf, gatewaySettings, listenBeside } from './storage/gateway/mount.ts';
import { storageRest } from './storage/rest.ts';

/** Query strings of the query layer go up to 64 KiB; Node's own limit of 16 KiB would cut `in.(...)` short. */
const longestHeaders = 96 * 1024;

/** Every face on one port, in order. Closing it drains what is running and disposes the sockets. */
export async function createServer(app: App): Promise<FastifyInstance> {
  const { config, rooms, log, bus, identify } = app;
  const isProduction = config.env === 'production';
  const s3 = createS3Gateway({
    ...{ domain: rooms.storage.objectDomain, tokenKey: app.s3TokenKey, now: app.now, log },
    settings: gatewaySettings(config),
    ipOf: addressOf(config),
  });
  const server: FastifyInstance = Fastify({
    // S3 keys look like nothing that a router, a parser or a hook may touch, so the gateway comes before all of Fastify.
    serverFactory: (next) =>
      s3.frontServer(next, {
        keepAliveTimeout: config.http.keepAliveTimeoutMs,
        maxHeaderSize: longestHeaders,
      }),
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustOf(config.http.trustProxy),
    bodyLimit: config.http.maxJsonBodyBytes,
    forceCloseConnections: 'idle',
    genReqId: () => randomUUID(),
    frameworkErrors: renderError,
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, maxParamLength: 500 },
  });
  if (config.s3.port !== null) listenBeside(server, s3.rootServer(), { host: config.http.host, port: config.s3.port });
  server.setErrorHandler(renderError);
  server.setNotFoundHandler(unknownRoute);
  parseBodies(server, { formBytes: config.http.maxFormBodyBytes });
  logRequests(server);
  await server.register(cors, {
    origin: config.http.corsOrigins === '*' ? true : config.http.corsOrigins,
    credentials: true,
    methods: ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE'],
    exposedHeaders: ['Content-Range', 'Preference-Applied', 'Retry-After'],
  });

  await server.register(operations({ health: rooms.health, jwks: rooms.signing.jwks, isReady: rooms.isReady }));

  const yoga = createGraphQL({
    schema,
    makeContext: () => ({ rooms, db: app.db }),
    limits: config.graphql,
    isProduction,
    graphiql: tour(isProduction ? null : () => rooms.keys.current('anonKey')),
    log,
  });
  await server.register(async (graphql) => {
    addCalls(graphql, identify);
    await graphql.register(graphqlHttp({ yoga, bus }));
  });
  const makeCall = socketCalls({ identify, log, nextId: randomUUID, trustProxy: config.http.trustProxy });
  const sockets = graphqlSockets({ yoga, bus, server: server.server, makeCall, log });
  server.addHook('preClose', () => sockets[Symbol.asyncDispose]());

  await server.register(
    async (api) => {
      addCalls(api, identify);
      await api.register(databaseRest(rooms.database));
      await api.register(authRest({ auth: rooms.auth, publicUrl: config.http.publicUrl }));
      await api.register(recordsRest({ rows: rooms.rows, emptyCreatedBody: config.database.emptyCreatedBody }), {
        prefix: '/database',
      });
      const storage = { storage: rooms.storage, publicUrl: config.http.publicUrl, now: app.now };
      await api.register(storageRest(storage), { prefix: '/storage' });
    },
    { prefix: '/api' },
  );
  return server;
}
