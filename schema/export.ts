import type { ExportLink } from '../src/database/transfer/export/links.ts';
import { builder } from './builder.ts';

interface Exported {
  format: string;
  data: string | null;
  truncatedTables: string[];
  link: ExportLink;
}

/** What an answer of the graph may carry itself; more is for the link. */
const inlineLength = 256 * 1024;

const ExportPayload = builder.objectRef<Exported>('ExportDatabasePayload').implement({
  description: 'The schema `public` as a script or a JSON object.',
  fields: (t) => ({
    format: t.exposeString('format', { description: '`sql` or `json`.' }),
    data: t.exposeString('data', { nullable: true, description: 'Null when it is larger than 256 Ki characters.' }),
    truncatedTables: t.exposeStringList('truncatedTables', {
      description: 'Tables with more rows than `rowLimit`; empty when `data` is null.',
    }),
    downloadPath: t.string({
      description: 'Downloads it from this server for five minutes; the path is the credential.',
      resolve: ({ link }) => link.path,
    }),
    downloadExpiresAt: t.field({ type: 'DateTime', resolve: ({ link }) => link.expiresAt }),
  }),
});

builder.mutationField('exportDatabase', (t) =>
  t.field({
    type: ExportPayload,
    nullable: true,
    description: 'Exports tables of `public`, or all of it, as one snapshot. Admins.',
    args: {
      tables: t.arg.stringList({ description: 'All when absent.' }),
      format: t.arg.string({ defaultValue: 'sql', description: '`sql` restores with import; `json` is for reading.' }),
      includeData: t.arg.boolean({ defaultValue: true }),
      includeFunctions: t.arg.boolean({ defaultValue: false }),
      includeSequences: t.arg.boolean({ defaultValue: false }),
      includeViews: t.arg.boolean({ defaultValue: false }),
      rowLimit: t.arg.int({ defaultValue: 1000, description: 'Of each table, 1 to 10000; null for every row.' }),
    },
    resolve: async (_root, { tables, ...args }, { rooms, call }): Promise<Exported> => {
      const { transfer } = rooms.database;
      const options = { ...args, tables: tables ?? [] };
      const link = await transfer.createExportLink(call, options);
      const full = new Error('too large to be inline');
      let data = '';
      const write = async (text: string) => {
        data += text;
        if (data.length > inlineLength) throw full;
      };
      try {
        const { truncatedTables } = await transfer.exportDatabase(call, options, {
          begin: async () => undefined,
          write,
        });
        return { format: args.format ?? 'sql', data, truncatedTables, link };
      } catch (error) {
        if (error !== full) throw error;
        return { format: args.format ?? 'sql', data: null, truncatedTables: [], link };
      }
    },
  }),
);
