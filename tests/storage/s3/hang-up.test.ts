import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import * as s3 from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect, test } from 'vitest';
import { noSuchKey } from '../../../src/storage/faults.ts';
import { listen } from './protocol.ts';

const Bucket = 'hang-up';

const anObject = {
  contentType: null,
  cacheControl: null,
  contentDisposition: null,
  contentEncoding: null,
  contentLanguage: null,
  expires: null,
  metadata: {},
  etag: 'e',
  lastModifiedAt: new Date(),
  tagCount: 0,
  checksum: null,
  parts: [],
};

/** A path and query that only this server would take, for raw sockets. */
async function signedTarget(
  server: Awaited<ReturnType<typeof listen>>,
  command: s3.PutObjectCommand | s3.GetObjectCommand,
) {
  const url = new URL(await getSignedUrl(server.clientFor(server.root), command as s3.GetObjectCommand));
  return { target: `${url.pathname}${url.search}`, host: url.host };
}

async function openSocket(port: number) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

test('a client that leaves mid-upload ends the upload: the signal aborts, nothing is stored', async () => {
  const seen = Promise.withResolvers<{ received: number; isAborted: boolean }>();
  const putObject: NonNullable<Parameters<typeof listen>[0]>['verbs'] = {
    async putObject(call, { key, upload }) {
      let received = 0;
      try {
        for await (const chunk of upload.body) received += (chunk as Buffer).length;
      } catch {
        if (!call.signal.aborted) await once(call.signal, 'abort');
        seen.resolve({ received, isAborted: call.signal.aborted });
      }
      throw noSuchKey(key);
    },
  };
  await using server = await listen({ verbs: putObject });
  await server.client.send(new s3.CreateBucketCommand({ Bucket }));
  const { target, host } = await signedTarget(server, new s3.PutObjectCommand({ Bucket, Key: 'k' }));
  const socket = await openSocket(server.rootPort);
  socket.write(`PUT ${target} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 1000\r\n\r\nonly a part`, () =>
    socket.destroy(),
  );
  expect(await seen.promise).toEqual({ received: 11, isAborted: true });
});

test('a client that leaves mid-download ends the reading of the blob', async () => {
  const ended = Promise.withResolvers<string>();
  await using endless = await listen({
    verbs: {
      async openObject(call, object) {
        const info = { ...anObject, ...object, sizeBytes: 1e12 };
        async function* bytes() {
          try {
            for (;;) yield Buffer.alloc(65_536);
          } finally {
            ended.resolve(call.signal.aborted ? 'aborted' : 'running');
          }
        }
        return { info, isBucketPublic: false, read: async () => Readable.from(bytes()) };
      },
    },
  });
  const { target, host } = await signedTarget(endless, new s3.GetObjectCommand({ Bucket, Key: 'k' }));
  const socket = await openSocket(endless.rootPort);
  socket.write(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  await once(socket, 'data');
  socket.destroy();
  expect(await ended.promise).toBe('aborted');
});

test('a backend that fails midway breaks the connection instead of ending it well', async () => {
  await using server = await listen({
    verbs: {
      async openObject(_call, object) {
        const info = { ...anObject, ...object, sizeBytes: 100 };
        async function* bytes() {
          yield Buffer.from('half of it');
          throw new Error('the disk is gone');
        }
        return { info, isBucketPublic: false, read: async () => Readable.from(bytes()) };
      },
    },
  });
  const url = await getSignedUrl(server.client, new s3.GetObjectCommand({ Bucket, Key: 'k' }));
  await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
});

test('a fault of the server is masked, with its request id', async () => {
  await using server = await listen({
    verbs: {
      openObject: async () => {
        throw new Error('secret inner workings');
      },
    },
  });
  const url = await getSignedUrl(server.client, new s3.GetObjectCommand({ Bucket, Key: 'k' }));
  const response = await fetch(url);
  const text = await response.text();
  expect([response.status, text.includes('InternalError'), text.includes('secret')]).toEqual([500, true, false]);
});
