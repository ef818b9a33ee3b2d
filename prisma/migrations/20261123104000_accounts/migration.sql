-- AlterTable
ALTER TABLE "auth"."config" ADD COLUMN     "allowed_redirect_urls" JSONB DEFAULT '[]',
ADD COLUMN     "reset_password_method" TEXT NOT NULL DEFAULT 'code',
ADD COLUMN     "verify_email_method" TEXT NOT NULL DEFAULT 'code';

-- AlterTable
ALTER TABLE "auth"."sessions" ADD COLUMN     "replaced_at" TIMESTAMPTZ(3)[] DEFAULT ARRAY[]::TIMESTAMPTZ(3)[];

-- A deleted account's sessions stay until they expire, so that its access tokens are known to be void.
-- DropForeignKey
ALTER TABLE "auth"."sessions" DROP CONSTRAINT "sessions_user_id_fkey";

-- AddForeignKey
ALTER TABLE "auth"."sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth"."users"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- CreateIndex
CREATE INDEX "sessions_subject_idx" ON "auth"."sessions"("subject");

-- One account per address however it is spelled, also for rows that SQL writes.
CREATE UNIQUE INDEX users_lower_email_key ON auth.users (lower(email));
-- One row at most.
CREATE UNIQUE INDEX config_one_row ON auth.config ((true));
