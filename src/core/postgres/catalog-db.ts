import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PrismaClient } from '../../../prisma/generated/client/client.ts';

export type Db = PrismaClient;
/** The Prisma client inside one transaction. */
export type TxDb = Omit<Db, '$connect' | '$disconnect' | '$on' | '$transaction' | '$extends'>;

/** Prisma over the server's own pool: Pleiad's catalog, never the project's tables. */
export const createDb = (pool: pg.Pool): Db => new PrismaClient({ adapter: new PrismaPg(pool) });
