/** Running reductions in plain JavaScript, in the order of operations of the fast versions. */
import type { JsOperand } from "../backend/backend.ts";
import { blockOf, identityOf, rowsOf, type AlongAttr, type ScanAttr, type ScanKind } from "./layout.ts";

/** How two values of a type are combined. */
function combiner(kind: ScanKind, dtype: string): (a: number, b: number) => number {
  if (kind === "max") return Math.max;
  if (kind === "min") return Math.min;
  if (dtype === "f64") return kind === "sum" ? (a, b) => a + b : (a, b) => a * b;
  if (dtype === "f32") return kind === "sum" ? (a, b) => Math.fround(a + b) : (a, b) => Math.fround(a * b);
  const wrap = dtype === "u32" ? (x: number): number => x >>> 0 : (x: number): number => x | 0;
  return kind === "sum" ? (a, b) => wrap(a + b) : (a, b) => wrap(Math.imul(a, b));
}

/** Calls `visit` for every row with the places of its elements in the order of the scan. */
function eachRow(
  shape: readonly number[],
  { axis, reverse }: AlongAttr,
  visit: (place: (i: number) => number, n: number) => void,
): void {
  const { outer, n, inner } = rowsOf(shape, axis);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) visit((k) => (o * n + (reverse ? n - 1 - k : k)) * inner + i, n);
  }
}

/** Oracle of running reductions: x, contiguous, to y of the same shape. */
export function scanOracle([x]: readonly JsOperand[], [y]: readonly JsOperand[], attr: unknown): void {
  const { kind, reverse, exclusive } = attr as ScanAttr;
  const identity = identityOf(kind, y.dtype, exclusive);
  const combine = combiner(kind, y.dtype);
  eachRow(y.shape, attr as ScanAttr, (place, n) => {
    const block = blockOf(n);
    // Blocks are counted from the beginning of the axis whatever the direction.
    const first = reverse ? n - (Math.ceil(n / block) - 1) * block : block;
    let offset = identity;
    let next = 0;
    let end = first;
    while (next < n) {
      let local = identity;
      for (; next < end; next++) {
        const value = x.data[x.offset + place(next)];
        const after = combine(local, value);
        y.data[y.offset + place(next)] = combine(offset, exclusive ? local : after);
        local = after;
      }
      offset = combine(offset, local);
      end = Math.min(n, end + block);
    }
  });
}

/** Oracle of linear recurrences: s[k] = a[k] s[k - 1] + b[k]. */
export function linearOracle([a, b]: readonly JsOperand[], [s]: readonly JsOperand[], attr: unknown): void {
  const round = s.dtype === "f32" ? Math.fround : (x: number): number => x;
  eachRow(s.shape, attr as AlongAttr, (place, n) => {
    let last = 0;
    for (let k = 0; k < n; k++) {
      const at = place(k);
      last = round(round(a.data[a.offset + at] * last) + b.data[b.offset + at]);
      s.data[s.offset + at] = last;
    }
  });
}

/** What the oracle of {@link extremeOracle} is told. */
export interface ExtremeAttr extends AlongAttr {
  readonly kind: "max" | "min";
}

/** Oracle of the places of running extremes: the first of equals, and the first NaN. */
export function extremeOracle([x]: readonly JsOperand[], [y]: readonly JsOperand[], attr: unknown): void {
  const { kind, reverse } = attr as ExtremeAttr;
  eachRow(y.shape, attr as ExtremeAttr, (place, n) => {
    let best = 0;
    let at = -1;
    for (let k = 0; k < n; k++) {
      const value = x.data[x.offset + place(k)];
      const better = kind === "max" ? value > best : value < best;
      if (at < 0 || better || (Number.isNaN(value) && !Number.isNaN(best))) {
        best = value;
        at = reverse ? n - 1 - k : k;
      }
      y.data[y.offset + place(k)] = at;
    }
  });
}
