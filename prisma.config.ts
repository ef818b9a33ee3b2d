import { defineConfig } from 'prisma/config';

/** For `prisma generate` alone: migrations are made and applied in process (src/core/postgres/migrate.ts). */
export default defineConfig({ schema: 'prisma' });
