import { performanceRules } from './performance-rules.ts';
import { securityRules } from './security-rules.ts';

export const severities = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof severities)[number];
export const categories = ['security', 'performance', 'health'] as const;
export type Category = (typeof categories)[number];

/** One thing to look for: a catalog query whose every row is a finding. */
export interface AdvisorRule {
  id: string;
  severity: Severity;
  category: Category;
  /** What is wrong, in a few words. */
  title: string;
  /** Selects `schema`, `object`, `detail` (what was found there) and `remedy` (SQL that mends it, or null). */
  sql: string;
}

/** In the order that findings are shown within one severity. */
export const advisorRules: readonly AdvisorRule[] = [...securityRules, ...performanceRules];
