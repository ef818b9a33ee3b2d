import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../app.ts';
import { formOf, objectPath, put, withBucket } from './forms.ts';

/** A request exactly as written, for targets that clients would tidy up. */
async function raw(
  app: TestApp,
  lines: string[],
  body: Buffer = Buffer.alloc(0),
): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(await app.listen());
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.write([...lines, 'Host: x', 'Connection: close', '', ''].join('\r\n'));
  socket.write(body);
  await once(socket, 'close');
  const text = Buffer.concat(chunks).toString();
  return { status: Number(text.split(' ')[1]), text };
}

test('no spelling of a path leaves the bucket or names another key', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b');
  await put(admin, 'b', 'safe', { bytes: 'safe' });
  const { payload, headers } = formOf({ bytes: 'evil' });
  const targets = [
    '../x',
    '..%2fx',
    '%2e%2e/x',
    '%2e%2e%2fx',
    'a/../../x',
    './x',
    'a/./b',
    '/etc/passwd',
    '%2fetc%2fpasswd',
    'a%00b',
    '%c0%ae%c0%ae/x',
    '%ff',
    'a%',
    '%ed%a0%80',
  ];
  for (const target of targets) {
    const lines = [
      `PUT /api/storage/buckets/b/objects/${target} HTTP/1.1`,
      `Authorization: ${admin.headers.authorization}`,
      `Content-Type: ${headers['content-type']}`,
      `Content-Length: ${payload.length}`,
    ];
    expect([target, (await raw(app, lines, payload)).status]).toEqual([target, 400]);
  }
  const lines = (target: string) => [`GET ${target} HTTP/1.1`, `Authorization: ${admin.headers.authorization}`];
  for (const target of [
    '/api/storage/buckets/../secrets.json/objects/x',
    '/api/storage/buckets/b/objects/%2e%2e%2f%2e%2e%2fsecrets.json',
    '/api/storage/buckets/b%2f..%2fb/objects/safe',
  ])
    expect((await raw(app, lines(target))).status).toBe(404);
  // Decoded once and no more: this names the key `%2e%2e%2fsafe`.
  expect((await raw(app, lines('/api/storage/buckets/b/objects/%252e%252e%252fsafe'))).status).toBe(404);
  expect((await admin.get('/api/storage/buckets/b/objects')).json().pagination.total).toBe(1);
});

test('negative, huge and false lengths end as 4xx and leave nothing', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b');
  const send = (length: string, body = '') =>
    raw(
      app,
      [
        'PUT /api/storage/buckets/b/objects/k HTTP/1.1',
        `Authorization: ${admin.headers.authorization}`,
        'Content-Type: multipart/form-data; boundary=x',
        `Content-Length: ${length}`,
      ],
      Buffer.from(body),
    );
  expect((await send('-1')).status).toBe(400);
  expect((await send('99999999999999999999')).status).toBeGreaterThanOrEqual(400);
  const tooLarge = await send(String(300 * 1024 ** 2));
  expect(tooLarge.status).toBe(413);
  expect(tooLarge.text).toContain('STORAGE_INVALID_PARAMETER');
  expect((await send('5', 'hello')).status).toBe(400);
  expect((await send('12', '--x--\r\n\r\n\r\n\r\n')).status).toBe(400);
  expect(await app.rooms.storage.sweeper.sweep({ readerGraceMs: 0, orphanGraceMs: 0 })).toMatchObject({ orphans: 0 });
});

test('a private object leaks through no face', async () => {
  await using app = await testApp();
  await withBucket(app, 'b');
  const [alice, bob] = [await app.as('alice'), await app.as('bob')];
  await put(alice, 'b', 'k', { bytes: 'secret' });
  const path = objectPath('b', 'k');
  const tries = [
    bob.get(path),
    bob.request('HEAD', path),
    bob.get(path, { range: 'bytes=0-0' }),
    bob.get(path, { 'if-none-match': '*' }),
    bob.get(`${path}?width=1`),
    bob.get(`${path}?token=x.y`),
    bob.get('/api/storage/buckets/b/download-strategy/objects/k?expiresIn=60'),
    bob.post(`${path}/download-strategy`, {}),
    bob.post(`${path}/confirm-upload`, { size: 6 }),
    bob.post('/api/storage/buckets/b/copy', { from: 'k', to: 'mine' }),
    bob.post('/api/storage/buckets/b/move', { from: 'k', to: 'mine' }),
    bob.post('/api/storage/buckets/b/upload-strategy', { filename: 'k' }),
    app.nobody().get('/storage/v1/s3/b/k'),
  ];
  for (const response of await Promise.all(tries)) {
    expect([401, 403, 404]).toContain(response.statusCode);
    expect(response.body).not.toContain('secret');
    expect(response.headers.etag).toBeUndefined();
  }
});

test('a download name cannot break out of its header', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b', true);
  await put(admin, 'b', 'k', { bytes: 'x' });
  const response = await app
    .nobody()
    .get(`${objectPath('b', 'k')}?download=${encodeURIComponent('a"\r\nSet-Cookie: x=1; b\u{1F600}')}`);
  expect(response.statusCode).toBe(200);
  expect(response.headers['set-cookie']).toBeUndefined();
  expect(response.headers['content-disposition']).toMatch(
    /^attachment; filename="[\x20-\x7e]*"; filename\*=UTF-8''[\w%!.~-]+$/,
  );
});
