/** The strong Wolfe line search. */

/** Value and slope of a function of one variable; not finite where the function is not defined. */
export interface LinePoint {
  readonly step: number;
  readonly value: number;
  readonly slope: number;
}

/** Parameters of {@link wolfeSearch}. */
export interface WolfeOptions {
  /** Share of the predicted decrease that is demanded, in (0, 1/2). */
  readonly decrease: number;
  /** Share of the slope that may be left, in (decrease, 1). */
  readonly curvature: number;
  /** Most evaluations. */
  readonly trials: number;
  /** Differences of values below this are rounding. */
  readonly slack: number;
}

/**
 * A step with `f(a) <= f(0) + decrease a f'(0)` and `|f'(a)| <= curvature |f'(0)|`, by bracketing and cubic interpolation
 * (Nocedal and Wright 2006, algorithms 3.5 and 3.6). Returns null when none is found.
 * @param at evaluates the function; the result for the step that is returned was the last or an earlier call
 */
export async function wolfeSearch<T extends LinePoint>(
  start: LinePoint,
  first: number,
  at: (step: number) => Promise<T>,
  { decrease, curvature, trials, slack }: WolfeOptions,
): Promise<T | null> {
  const low = (p: LinePoint): boolean => p.value <= start.value + decrease * p.step * start.slope + slack;
  const flat = (p: LinePoint): boolean => Math.abs(p.slope) <= -curvature * start.slope;
  const finite = (p: LinePoint): boolean => Number.isFinite(p.value) && Number.isFinite(p.slope);
  let left = trials;
  let before: LinePoint = start;
  let step = first;
  while (left-- > 0) {
    const point = await at(step);
    if (!finite(point)) {
      // Back to where the function is defined.
      step = before.step + (step - before.step) / 4;
      if (!(step > before.step)) return null;
      continue;
    }
    if (!low(point) || (before !== start && point.value >= before.value + slack)) return zoom(before, point);
    if (flat(point)) return point;
    if (point.slope >= 0) return zoom(point, before);
    before = point;
    step *= 2;
  }
  return null;

  /** Between a point that is low and another, with the slope of the low one pointing to the other. */
  async function zoom(lo: LinePoint, hi: LinePoint): Promise<T | null> {
    while (left-- > 0) {
      const point = await at(between(lo, hi));
      if (!finite(point) || !low(point) || point.value >= lo.value + slack) hi = point;
      else {
        if (flat(point)) return point;
        if (point.slope * (hi.step - lo.step) >= 0) hi = lo;
        lo = point;
      }
      if (!(Math.abs(hi.step - lo.step) > 1e-16 * Math.max(Math.abs(hi.step), Math.abs(lo.step)))) return null;
    }
    return null;
  }
}

/** Minimiser of the cubic through two points, kept a tenth of the interval away from its ends. */
function between(a: LinePoint, b: LinePoint): number {
  const middle = (a.step + b.step) / 2;
  if (!Number.isFinite(b.value) || !Number.isFinite(b.slope)) return middle;
  const h = b.step - a.step;
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.step - b.step);
  const d2 = Math.sign(h) * Math.sqrt(Math.max(0, d1 * d1 - a.slope * b.slope));
  const step = b.step - (h * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
  const [low, high] = [Math.min(a.step, b.step), Math.max(a.step, b.step)];
  const margin = 0.1 * (high - low);
  return step >= low + margin && step <= high - margin ? step : middle;
}
