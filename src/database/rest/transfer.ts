import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import { envelope } from '../../core/http/errors.ts';
import type { AdminVerbs } from '../admin-verbs.ts';
import { type FormPart, receiveUpload, type Upload } from '../transfer/upload.ts';

/** Contract §5.2 to §5.4. */
export const transferRest =
  ({ transfer }: Pick<AdminVerbs, 'transfer'>) =>
  async (api: FastifyInstance): Promise<void> => {
    const { maxFileBytes } = transfer;
    await api.register(multipart, { throwFileSizeLimit: false, limits: { fileSize: maxFileBytes, files: 2 } });
    const receiver = (req: FastifyRequest) => (): Promise<Upload> => receiveUpload(formParts(req), maxFileBytes);

    api.post('/database/advance/bulk-upsert', async (req, reply) => {
      try {
        const result = await transfer.bulkUpsert(req.call, receiver(req));
        const message = `${result.rowsAffected} of ${result.totalRecords} records written to ${result.table}`;
        return { success: true, message, ...result };
      } catch (error) {
        return withRows(error, reply);
      }
    });

    api.post('/database/advance/import', async (req) => {
      const result = await transfer.importDatabase(req.call, receiver(req));
      return { success: true, message: `${result.rowsImported} rows imported`, ...result };
    });
  };

/** The rows at fault stand beside the envelope, where clients of this route look for them. */
function withRows(error: unknown, reply: FastifyReply) {
  if (!(error instanceof AppError) || !error.details?.errors) throw error;
  return reply.status(error.status).send({ ...envelope(error), errors: error.details.errors });
}

async function* formParts(req: FastifyRequest): AsyncGenerator<FormPart> {
  for await (const part of req.parts())
    yield part.type === 'file'
      ? { kind: 'file', filename: part.filename, stream: part.file, isCut: () => part.file.truncated }
      : { kind: 'field', name: part.fieldname, value: String(part.value) };
}
