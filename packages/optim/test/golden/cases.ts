/** What the readers of golden files produce and share. */
import { expect } from "vitest";

/** One case of a golden file. */
export interface Case {
  /** The method it is about; pending.json knows it by this name. */
  readonly method: string;
  /** What tells the case from the others. */
  readonly name: string;
  /** The comparison, which throws. */
  readonly check: () => Promise<void> | void;
}

/** A kind of golden file, recognised by what it contains. */
export interface Form {
  readonly fits: (data: Record<string, unknown>) => boolean;
  readonly cases: (data: Record<string, unknown>) => readonly Case[];
}

/** Compares vectors by Euclidean norms: the difference has at most `rel` times the expected norm plus `abs`. */
export function expectClose(
  what: string,
  got: ArrayLike<number>,
  expected: readonly number[],
  { rel, abs = 0 }: { readonly rel: number; readonly abs?: number },
): void {
  expect(got.length, what).toBe(expected.length);
  const bound = rel * Math.hypot(...expected) + abs;
  const distance = Math.hypot(...expected.map((v, i) => v - got[i]));
  const texts = [got, expected].map((v) => Array.from(v).join(", "));
  expect(distance, `${what}: got ${texts[0]}, expected ${texts[1]}`).toBeLessThanOrEqual(bound);
}
