import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { Client as MinioClient } from 'minio';
import { testApp } from '../../app.ts';
import { region } from './protocol.ts';

/** The whole server over sockets, with the gateway under its mount and at the root of a port, and a key for it. */
export async function serve(env: Record<string, string> = {}) {
  await using resources = new AsyncDisposableStack();
  const listening = Promise.withResolvers<number>();
  const onLog = (text: string) => {
    const line = JSON.parse(text) as { operation?: string; port?: number };
    if (line.operation === 's3.listen' && line.port) listening.resolve(line.port);
  };
  const app = resources.use(await testApp({ env: { S3_PORT: '0', S3_REGION: region, ...env }, onLog }));
  const front = await app.listen();
  const rootPort = await listening.promise;
  const admin = await app.admin();
  const accessKey = (await admin.post('/api/storage/s3/access-keys', {})).json<{
    id: string;
    accessKeyId: string;
    secretAccessKey: string;
  }>();
  const root = `http://127.0.0.1:${rootPort}`;
  const mounted = `${front}/storage/v1/s3`;
  const clients: S3Client[] = [];
  resources.defer(() => {
    for (const client of clients) client.destroy();
  });
  const clientFor = (endpoint: string, credentials: { accessKeyId: string; secretAccessKey: string } = accessKey) => {
    const { accessKeyId, secretAccessKey } = credentials;
    const client = new S3Client({
      region,
      endpoint,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    clients.push(client);
    return client;
  };
  const client = clientFor(mounted);
  const owned = resources.move();
  return {
    app,
    accessKey,
    root,
    rootPort,
    mounted,
    client,
    clientFor,
    minio: () =>
      new MinioClient({
        endPoint: '127.0.0.1',
        port: rootPort,
        useSSL: false,
        accessKey: accessKey.accessKeyId,
        secretKey: accessKey.secretAccessKey,
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The same on top of a remote S3 store, for which a second server of ours stands in. */
export async function serveOnS3(): Promise<Awaited<ReturnType<typeof serve>>> {
  await using resources = new AsyncDisposableStack();
  const remote = resources.use(await serve());
  await remote.client.send(new CreateBucketCommand({ Bucket: 'store' }));
  const server = await serve({
    S3_BUCKET: 'store',
    S3_ENDPOINT_URL: remote.mounted,
    S3_ACCESS_KEY_ID: remote.accessKey.accessKeyId,
    S3_SECRET_ACCESS_KEY: remote.accessKey.secretAccessKey,
  });
  const owned = resources.move();
  return {
    ...server,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await owned.disposeAsync();
    },
  };
}
