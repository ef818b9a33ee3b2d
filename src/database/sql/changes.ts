import type { Node, RangeVar } from 'libpg-query';
import type { AdminTx } from '../../core/postgres/admin-tx.ts';
import type { Statement } from './statements.ts';

/** What a statement changes, as far as its text tells. */
export interface Change {
  schema: string;
  /** Name of the table, view, index, function, …; empty when the text does not name one. */
  object: string;
  /** `CREATE_TABLE`, `DROP_POLICY`, …; for rows `INSERT`, `UPDATE`, `DELETE`. */
  operation: string;
  isDdl: boolean;
}

/** Each once, in order. */
export function changesOf(statements: readonly Statement[]): Change[] {
  const changes = new Map<string, Change>();
  for (const { node } of statements)
    for (const change of node ? changesOfNode(node) : []) changes.set(JSON.stringify(change), change);
  return [...changes.values()];
}

/** Tells the subscribers, after the commit. */
export function publishChanges(tx: AdminTx, changes: readonly Change[]): void {
  for (const { isDdl, schema, object, operation } of changes)
    if (isDdl) tx.emit('database.schema.changed', { schema, object, operation });
    else tx.emit('database.records.changed', { schema, table: object });
}

/** Kinds whose tree holds the relation, by what they do. */
const onRelation: Readonly<Record<string, { operation: string; isDdl: boolean }>> = {
  InsertStmt: { operation: 'INSERT', isDdl: false },
  UpdateStmt: { operation: 'UPDATE', isDdl: false },
  DeleteStmt: { operation: 'DELETE', isDdl: false },
  MergeStmt: { operation: 'MERGE', isDdl: false },
  CreateStmt: { operation: 'CREATE_TABLE', isDdl: true },
  CreateForeignTableStmt: { operation: 'CREATE_FOREIGN_TABLE', isDdl: true },
  AlterTableStmt: { operation: 'ALTER_TABLE', isDdl: true },
  IndexStmt: { operation: 'CREATE_INDEX', isDdl: true },
  CreateTrigStmt: { operation: 'CREATE_TRIGGER', isDdl: true },
  CreatePolicyStmt: { operation: 'CREATE_POLICY', isDdl: true },
  AlterPolicyStmt: { operation: 'ALTER_POLICY', isDdl: true },
  ViewStmt: { operation: 'CREATE_VIEW', isDdl: true },
  CreateTableAsStmt: { operation: 'CREATE_TABLE', isDdl: true },
  RenameStmt: { operation: 'ALTER_TABLE', isDdl: true },
  CreateSeqStmt: { operation: 'CREATE_SEQUENCE', isDdl: true },
  AlterSeqStmt: { operation: 'ALTER_SEQUENCE', isDdl: true },
  RuleStmt: { operation: 'CREATE_RULE', isDdl: true },
};

function changesOfNode(node: Node): Change[] {
  if ('TruncateStmt' in node)
    return (node.TruncateStmt.relations ?? []).flatMap((item) =>
      'RangeVar' in item ? [ofRelation(item.RangeVar, { operation: 'DELETE', isDdl: false })] : [],
    );
  if ('DropStmt' in node) return dropped(node.DropStmt);
  const [[kind, body] = ['', {}]] = Object.entries(node) as [string, Record<string, unknown>][];
  const known = onRelation[kind];
  const relation = relationOf(body);
  if (known && relation) return [ofRelation(relation, known)];
  const operation = otherDdl(kind);
  return operation ? [{ schema: 'public', object: nameIn(body), operation, isDdl: true }] : [];
}

/** The tree names it by its role in the statement. */
function relationOf(body: Record<string, unknown>): RangeVar | undefined {
  const into = body.into as { rel?: RangeVar } | undefined;
  const base = body.base as { relation?: RangeVar } | undefined;
  const found = body.relation ?? body.table ?? body.view ?? body.sequence ?? into?.rel ?? base?.relation;
  return found as RangeVar | undefined;
}

const ofRelation = (
  { schemaname = 'public', relname = '' }: RangeVar,
  { operation, isDdl }: { operation: string; isDdl: boolean },
): Change => ({ schema: schemaname, object: relname, operation, isDdl });

function dropped({ objects = [], removeType = '' }: { objects?: Node[]; removeType?: string }): Change[] {
  const operation = `DROP_${removeType.replace('OBJECT_', '')}`;
  return objects.map((object) => {
    const names = stringsIn(object);
    // A trigger or policy is named last, after its table.
    const [name = '', schema = 'public'] = names.reverse();
    return { schema, object: name, operation, isDdl: true };
  });
}

/** `CreateFunctionStmt` → `CREATE_FUNCTION`; undefined for what changes no structure. */
function otherDdl(kind: string): string | undefined {
  const [, verb, object] = /^(Create|Alter|Drop|Comment|Grant|Define)(\w*?)Stmt$/.exec(kind) ?? [];
  if (!verb) return undefined;
  const words = (object ?? '').replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
  return [verb === 'Define' ? 'CREATE' : verb.toUpperCase(), words].filter(Boolean).join('_');
}

function nameIn(body: Record<string, unknown>): string {
  for (const key of ['schemaname', 'extname', 'funcname', 'typeName', 'domainname', 'defnames', 'trigname']) {
    const value = body[key];
    if (typeof value === 'string') return value;
    if (Array.isArray(value)) return stringsIn(value as unknown as Node).at(-1) ?? '';
  }
  return '';
}

function stringsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(stringsIn);
  if (typeof value !== 'object' || value === null) return [];
  if ('sval' in value && typeof value.sval === 'string') return [value.sval];
  return Object.entries(value).flatMap(([key, item]) => (key === 'objargs' ? [] : stringsIn(item)));
}
