import Fastify from 'fastify';
import { createYoga } from 'graphql-yoga';
import { schema } from '../schema/index.ts';

/** The same graph on bare Yoga, mounted on Fastify as Yoga's own documentation does it. Prints its address. */
const rooms = { health: () => ({ status: 'ok', version: '0', timestamp: new Date() }) };
const yoga = createYoga({ schema, context: () => ({ rooms }), logging: false });
const server = Fastify();
server.addContentTypeParser('multipart/form-data', {}, (_req, _payload, done) => done(null));
server.route({
  url: yoga.graphqlEndpoint,
  method: ['GET', 'POST', 'OPTIONS'],
  handler: async (req, reply) => {
    const response = await yoga.handleNodeRequestAndResponse(req, reply, {});
    response.headers.forEach((value, name) => {
      reply.header(name, value);
    });
    reply.status(response.status);
    return reply.send(response.body);
  },
});
await server.listen({ host: '127.0.0.1', port: 0 });
const address = server.server.address();
if (address && typeof address === 'object') console.log(`ready http://127.0.0.1:${address.port}`);
process.once('SIGINT', () => void server.close());
