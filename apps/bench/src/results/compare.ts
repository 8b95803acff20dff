/** What changed between two results of one suite. */
import type { BenchResult, Row } from "./benchResult.ts";

/** One number, before and after. */
export interface Change {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly before: number | null;
  readonly after: number | null;
  /** After divided by before; null where one of them is missing or zero. */
  readonly ratio: number | null;
  /** `same`: equal, or within the spread of both measurements. */
  readonly kind: "better" | "worse" | "same" | "added" | "removed" | "changed";
}

/** Least relative change that counts when a measurement has no spread. */
const NOTICEABLE = 0.02;

function overlap(a: Row, b: Row): boolean {
  if (a.spread === null || b.spread === null || a.value === null || b.value === null) return false;
  return a.spread[0] <= b.spread[1] && b.spread[0] <= a.spread[1];
}

function kindOf(before: Row, after: Row): Change["kind"] {
  if (before.value === null || after.value === null) return before.value === after.value ? "same" : "changed";
  if (before.value === after.value || overlap(before, after)) return "same";
  const noticeable = Math.abs(after.value - before.value) > NOTICEABLE * Math.abs(before.value);
  if (!noticeable) return "same";
  if (before.better === "equal") return "changed";
  return after.value < before.value === (before.better === "less") ? "better" : "worse";
}

/** Compares row by row, by id. @throws Error when the results are of different suites */
export function compareResults(before: BenchResult, after: BenchResult): Change[] {
  if (before.suite !== after.suite) {
    throw new Error(
      `compare: the results are of different suites (got ${before.suite} and ${after.suite}, expected the same).`,
    );
  }
  const changes = before.rows.map((old): Change => {
    const now = after.rows.find(({ id }) => id === old.id);
    const { id, title, unit } = old;
    if (now === undefined) {
      return { id, title, unit, before: old.value, after: null, ratio: null, kind: "removed" };
    }
    const ratio = old.value === null || now.value === null || old.value === 0 ? null : now.value / old.value;
    return { id, title, unit, before: old.value, after: now.value, ratio, kind: kindOf(old, now) };
  });
  const added = after.rows
    .filter(({ id }) => !before.rows.some((old) => old.id === id))
    .map(({ id, title, unit, value }): Change => {
      return { id, title, unit, before: null, after: value, ratio: null, kind: "added" };
    });
  return [...changes, ...added];
}
