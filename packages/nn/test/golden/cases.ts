/** What the readers of golden files produce and share. */
import { expect } from "vitest";

/** One case of a golden file. */
export interface Case {
  /** What it is about; pending.json knows it by this name. */
  readonly method: string;
  /** What tells the case from the others. */
  readonly name: string;
  /** The comparison, which throws. */
  readonly check: () => Promise<void> | void;
}

/** A part of a golden file, recognised by what it contains. */
export interface Form {
  /** Keys of the file that the form reads. */
  readonly reads: readonly string[];
  readonly cases: (data: Record<string, unknown>) => readonly Case[];
}

/** Numbers in nested arrays. */
export type Nested = number | readonly Nested[];

/** Elements in C order. */
export function flat(x: Nested): number[] {
  return typeof x === "number" ? [x] : x.flatMap(flat);
}

/** Compares element by element: differences at most `tolerance`, absolute. */
export function expectClose(got: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(got.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const text = `element ${i}: got ${got[i]}, expected ${expected[i]}`;
    expect(Math.abs(got[i] - expected[i]), text).toBeLessThanOrEqual(tolerance);
  }
}
