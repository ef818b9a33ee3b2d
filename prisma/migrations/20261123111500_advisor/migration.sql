-- CreateTable
CREATE TABLE "system"."advisor_scans" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "issues" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "advisor_scans_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "system"."advisor_suppressions" (
    "issue_id" TEXT NOT NULL,
    "reason" TEXT,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "advisor_suppressions_pkey" PRIMARY KEY ("issue_id")
);

-- CreateIndex
CREATE INDEX "advisor_scans_created_at_idx" ON "system"."advisor_scans"("created_at");
