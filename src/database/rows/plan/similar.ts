/** The candidate most like `name` by shared letter pairs, when it is at least `threshold` (0 to 1) alike; else null. */
export function mostSimilar(name: string, candidates: Iterable<string>, threshold = 0.5): string | null {
  let best: string | null = null;
  let bestScore = threshold;
  for (const candidate of candidates) {
    const score = likeness(name.toLowerCase(), candidate.toLowerCase());
    if (score > bestScore || (score === bestScore && best === null)) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

/** Dice's coefficient over letter pairs. */
function likeness(a: string, b: string): number {
  if (a === b) return 1;
  const left = pairs(a);
  const right = pairs(b);
  const total = left.length + right.length;
  const rest = [...right];
  let shared = 0;
  for (const pair of left) {
    const at = rest.indexOf(pair);
    if (at < 0) continue;
    rest.splice(at, 1);
    shared++;
  }
  return total === 0 ? 0 : (2 * shared) / total;
}

const pairs = (text: string): string[] =>
  Array.from({ length: Math.min(Math.max(text.length - 1, 0), 63) }, (_, at) => text.slice(at, at + 2));
