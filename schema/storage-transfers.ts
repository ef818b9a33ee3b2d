import { builder } from './builder.ts';
import { StorageObject } from './storage-objects.ts';

interface UploadTicket {
  method: 'PUT' | 'POST';
  url: string;
  fields: Record<string, string> | null;
  key: string;
  confirmRequired: boolean;
  expiresAt: Date;
}
const UploadTicket = builder.objectRef<UploadTicket>('UploadTicket').implement({
  description: 'How to send the bytes of one object; whoever holds it may, until it expires.',
  fields: (t) => ({
    method: t.exposeString('method', {
      description: '`PUT`: the body is the file. `POST`: a form, all fields first, then `file`.',
    }),
    url: t.exposeString('url', { description: 'Root-relative when the server knows no public address of its own.' }),
    fields: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Of the form; names to texts.',
      resolve: (ticket) => ticket.fields,
    }),
    key: t.exposeString('key'),
    confirmRequired: t.exposeBoolean('confirmRequired', { description: 'Call confirmUpload once the bytes are sent.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
  }),
});

interface DownloadTicket {
  url: string;
  expiresAt: Date | null;
}
const DownloadTicket = builder.objectRef<DownloadTicket>('DownloadTicket').implement({
  description: 'Where to get the bytes of one object.',
  fields: (t) => ({
    url: t.exposeString('url', { description: 'Root-relative when the server knows no public address of its own.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true, description: 'Null for public objects.' }),
  }),
});

builder.mutationFields((t) => ({
  createUpload: t.field({
    type: UploadTicket,
    nullable: true,
    description: 'Permission is proven now; nothing is stored before the bytes arrive.',
    args: {
      bucket: t.arg.string({ required: true }),
      key: t.arg.string({ required: true }),
      contentType: t.arg.string(),
      sizeBytes: t.arg.float(),
    },
    resolve: async (_root, args, { rooms, call }): Promise<UploadTicket> => {
      const { bucket, key, contentType = null, sizeBytes = null } = args;
      const plan = await rooms.storage.planUpload(call, { bucket, key, contentType, sizeBytes });
      if (plan.method === 'presigned') {
        const { form, expiresAt } = plan;
        return { method: 'POST', url: form.url, fields: form.fields, key, confirmRequired: true, expiresAt };
      }
      const { token, expiresAt } = await rooms.storage.signUpload(call, { bucket, key, contentType });
      const url = rooms.storage.urlOf({ bucket, key }, { token });
      return { method: 'PUT', url, fields: null, key, confirmRequired: false, expiresAt };
    },
  }),
  confirmUpload: t.field({
    type: StorageObject,
    nullable: true,
    description: 'Makes what was posted by a form an object. Doing it again answers the same.',
    args: { bucket: t.arg.string({ required: true }), key: t.arg.string({ required: true }) },
    resolve: (_root, object, { rooms, call }) => rooms.storage.confirmUpload(call, object),
  }),
  createDownload: t.field({
    type: DownloadTicket,
    nullable: true,
    args: {
      bucket: t.arg.string({ required: true }),
      key: t.arg.string({ required: true }),
      expiresInSeconds: t.arg.int({ description: 'From 1 to 604800; an hour when absent.' }),
      download: t.arg.string({ description: 'File name to save as; absent shows it.' }),
    },
    resolve: async (_root, args, { rooms, call }): Promise<DownloadTicket> => {
      const { bucket, key, expiresInSeconds, download } = args;
      const input = { bucket, key, expiresInSeconds: expiresInSeconds ?? 3600, download: download ?? undefined };
      const plan = await rooms.storage.planDownload(call, input);
      if (plan.method === 'presigned') return { url: plan.url, expiresAt: plan.expiresAt };
      if (plan.method === 'direct')
        return { url: rooms.storage.urlOf(input, { v: plan.object.etag }), expiresAt: null };
      return { url: rooms.storage.urlOf(input, { token: plan.token }), expiresAt: plan.expiresAt };
    },
  }),
}));
