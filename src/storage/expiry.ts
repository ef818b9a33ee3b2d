import { readLifecycle } from './buckets.ts';
import type { LifecycleRule } from './domain.ts';
import type { Engine } from './engine.ts';
import { afterPrefix } from './names.ts';

const dayMs = 86_400_000;

/**
 * Carries out the lifecycle rules of buckets. As S3 has it, an object's time is over at the first midnight UTC after
 * so many days. https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 */
export function createExpiry({ query, now }: Pick<Engine, 'query' | 'now'>) {
  return { expireObjects, abortIncomplete };

  async function rules(): Promise<{ bucket: string; rule: LifecycleRule }[]> {
    const { rows } = await query<{ name: string; lifecycle_rules: unknown }>(
      'SELECT name, lifecycle_rules FROM storage.buckets WHERE lifecycle_rules IS NOT NULL',
      [],
    );
    return rows.flatMap(({ name, lifecycle_rules: stored }) =>
      (readLifecycle(stored) ?? []).filter((rule) => rule.isEnabled).map((rule) => ({ bucket: name, rule })),
    );
  }

  async function expireObjects(): Promise<number> {
    let count = 0;
    for (const { bucket, rule } of await rules()) {
      const putBefore = expiresBefore(rule, now());
      if (putBefore) count += await removeMatching(bucket, rule, putBefore);
    }
    return count;
  }

  /** The bytes of an aborted upload go by the triggers. */
  async function abortIncomplete(): Promise<number> {
    let count = 0;
    for (const { bucket, rule } of await rules()) {
      if (rule.abortIncompleteAfterDays === undefined) continue;
      const { rows } = await query(
        `DELETE FROM storage.uploads WHERE bucket = $1 AND completed_at IS NULL AND key >= $2 AND key <= $3
           AND initiated_at < $4 RETURNING id`,
        [bucket, rule.prefix, afterPrefix(rule.prefix), midnightsAgo(now(), rule.abortIncompleteAfterDays)],
      );
      count += rows.length;
    }
    return count;
  }

  async function removeMatching(bucket: string, rule: LifecycleRule, putBefore: Date): Promise<number> {
    const { rows } = await query<{ count: number }>(
      'SELECT storage.expire_objects($1, $2, $3, $4, $5, $6, $7) AS count',
      [
        bucket,
        rule.prefix,
        afterPrefix(rule.prefix),
        putBefore,
        rule.minSizeBytes ?? null,
        rule.maxSizeBytes ?? null,
        JSON.stringify(rule.tags),
      ],
    );
    return rows[0]?.count ?? 0;
  }
}

/** Objects put before this moment have expired; null when the rule expires none (yet). */
export function expiresBefore(rule: LifecycleRule, now: Date): Date | null {
  if (rule.expireAt) return rule.expireAt <= now ? now : null;
  return rule.expireAfterDays === undefined ? null : midnightsAgo(now, rule.expireAfterDays);
}

/** What was made before this moment is past the first midnight after `days` days. */
const midnightsAgo = (now: Date, days: number): Date =>
  new Date(Math.floor(now.getTime() / dayMs) * dayMs - days * dayMs);
