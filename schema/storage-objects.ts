import type { ObjectChange } from '../src/storage/changes.ts';
import type { ObjectInfo } from '../src/storage/domain.ts';
import { builder } from './builder.ts';

export const StorageObject = builder.objectRef<ObjectInfo>('StorageObject').implement({
  description: 'A stored file. Its bytes travel by URL: see createDownload.',
  fields: (t) => ({
    bucket: t.exposeString('bucket'),
    key: t.exposeString('key', { description: 'Any text; slashes make folders by convention only.' }),
    sizeBytes: t.exposeFloat('sizeBytes'),
    contentType: t.exposeString('contentType', { nullable: true }),
    etag: t.exposeString('etag', { description: 'Changes when the bytes do; md5 in hex for files put in one piece.' }),
    lastModifiedAt: t.expose('lastModifiedAt', { type: 'DateTime' }),
    cacheControl: t.exposeString('cacheControl', { nullable: true }),
    metadata: t.field({ type: 'JSON', description: "The uploader's own names and texts.", resolve: (o) => o.metadata }),
  }),
});

interface PageInfo {
  hasNextPage: boolean;
  endCursor: string | null;
}
const StoragePageInfo = builder.objectRef<PageInfo>('StoragePageInfo').implement({
  description: 'Pages of objects go forward only.',
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage'),
    endCursor: t.exposeString('endCursor', { nullable: true }),
  }),
});
const StorageObjectEdge = builder.objectRef<ObjectInfo>('StorageObjectEdge').implement({
  fields: (t) => ({
    node: t.field({ type: StorageObject, resolve: (object) => object }),
    cursor: t.string({ resolve: (object) => cursorOf(object) }),
  }),
});
export interface ObjectPage {
  objects: ObjectInfo[];
  hasNextPage: boolean;
}
export const StorageObjectConnection = builder.objectRef<ObjectPage>('StorageObjectConnection').implement({
  description: 'In UTF-8 byte order of their keys; only what the viewer may see.',
  fields: (t) => ({
    edges: t.field({ type: [StorageObjectEdge], resolve: ({ objects }) => objects }),
    pageInfo: t.field({
      type: StoragePageInfo,
      resolve: ({ objects, hasNextPage }) => {
        const last = objects.at(-1);
        return { hasNextPage, endCursor: last ? cursorOf(last) : null };
      },
    }),
  }),
});

const cursorOf = ({ key }: ObjectInfo): string => Buffer.from(key).toString('base64url');
/** The key of a cursor; '' from the start. */
export const keyOfCursor = (cursor: string | null | undefined): string =>
  Buffer.from(cursor ?? '', 'base64url').toString();

const StorageEvent = builder.objectRef<ObjectChange>('StorageEvent').implement({
  description: 'A change of an object that the subscriber may see.',
  fields: (t) => ({
    change: t.exposeString('change', { description: '`put` or `delete`.' }),
    bucket: t.exposeString('bucket'),
    key: t.exposeString('key'),
    object: t.expose('object', {
      type: StorageObject,
      nullable: true,
      description: 'As it is now; null once deleted.',
    }),
  }),
});

builder.subscriptionField('storageEvents', (t) =>
  t.field({
    type: StorageEvent,
    description: 'Every change of a bucket after its commit, under the row rights of the subscriber.',
    args: { bucket: t.arg.string({ required: true }) },
    subscribe: (_root, { bucket }, { rooms, call }) => rooms.storage.streamChanges(call, bucket),
    resolve: (change) => change as ObjectChange,
  }),
);
