/** Local search by moves of one or two variables to neighbouring levels. */
import type { Instance } from "./base.ts";
import { better, place, rescore, ROUNDING, violationAt, worstRows, type Point } from "./point.ts";
import type { PairScan } from "./pairs.ts";
import type { Stream } from "./random.ts";

/** Rows on which moves are tried first. */
const SCREEN = 48;

/** Most pairs that are looked at per step; of larger problems a random part is. */
const PAIRS = 1 << 21;

/** Improvements smaller than this, relative to the value, are not visible in single precision. */
const SINGLE = 1e-5;

/** Variable `variable[i]` one level up or down, which changes it by `change[i]`. */
interface Steps {
  readonly count: number;
  readonly variable: Int32Array;
  readonly direction: Int8Array;
  readonly change: Float64Array;
}

/** Scratch of a descent. */
interface Scratch {
  /** Change of every row by the move that is evaluated. */
  readonly delta: Float64Array;
  /** Number of the last move that touched a row. */
  readonly stamp: Int32Array;
  readonly touched: Int32Array;
  move: number;
  evaluations: number;
}

/** A move with its outcome. */
interface Move {
  readonly steps: readonly number[];
  readonly objective: number;
  readonly squares: number;
}

/** What a descent may do. */
export interface DescentOptions {
  /** Points with more squares than this are passed over, unless they have fewer than the point they come from. */
  readonly squaresLimit: number;
  readonly stream: Stream;
  /** Looks at pairs on a device; on the host when left out. */
  readonly scan?: PairScan | undefined;
}

/**
 * Moves a point downhill until no move of one variable by one level improves objective or squares, and no move of two
 * variables improves the objective. The change of `A x` is all that is computed: O(entries of the columns) per move, and
 * most moves fail on the worst rows already, which are tried first.
 * @returns the number of moves evaluated
 */
export async function descend(
  instance: Instance,
  point: Point,
  { squaresLimit, stream, scan }: DescentOptions,
): Promise<number> {
  const scratch: Scratch = {
    delta: new Float64Array(instance.m),
    stamp: new Int32Array(instance.m),
    touched: new Int32Array(instance.m),
    move: 0,
    evaluations: 0,
  };
  while (point.objective > 0) {
    const screen = screenOf(instance, point);
    const steps = stepsOf(instance, point);
    const limit = Math.max(squaresLimit, point.squares);
    const move =
      bestSingle(instance, point, steps, screen, limit, scratch) ??
      (scan === undefined
        ? bestPair(instance, point, steps, screen, limit, scratch, stream)
        : await bestScanned(instance, point, steps, screen, limit, scratch, scan));
    if (move === undefined) break;
    const before = { objective: point.objective, squares: point.squares };
    const go = (way: 1 | -1): void => {
      for (const s of move.steps) {
        place(instance, point, steps.variable[s], point.indices[steps.variable[s]] + way * steps.direction[s]);
      }
      rescore(instance, point);
    };
    go(1);
    // What was rounding only ends the descent, which could go round in circles otherwise.
    if (!better(point, before)) {
      go(-1);
      break;
    }
  }
  return scratch.evaluations;
}

function stepsOf({ n, levels, starts }: Instance, { indices }: Point): Steps {
  const variable = new Int32Array(2 * n);
  const direction = new Int8Array(2 * n);
  const change = new Float64Array(2 * n);
  let count = 0;
  for (let j = 0; j < n; j++) {
    const at = starts[j] + indices[j];
    for (const d of [-1, 1]) {
      if (at + d < starts[j] || at + d >= starts[j + 1]) continue;
      variable[count] = j;
      direction[count] = d;
      change[count++] = levels[at + d] - levels[at];
    }
  }
  return { count, variable, direction, change };
}

/** The worst rows, gathered, and the matrix there, [variable][row]. */
interface Screen {
  readonly size: number;
  readonly rows: Int32Array;
  readonly products: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly weights: Float64Array;
  readonly block: Float64Array;
}

function screenOf(instance: Instance, point: Point): Screen {
  const rows = worstRows(instance, point, SCREEN);
  const size = rows.length;
  const block = new Float64Array(instance.n * size);
  for (let q = 0; q < size; q++) {
    for (let e = instance.rows.starts[rows[q]]; e < instance.rows.starts[rows[q] + 1]; e++) {
      block[instance.rows.indices[e] * size + q] = instance.rows.values[e];
    }
  }
  const gather = (from: Float64Array): Float64Array => Float64Array.from(rows, (k) => from[k]);
  const { lower, upper, weights } = instance;
  return {
    size,
    rows,
    products: gather(point.products),
    lower: gather(lower),
    upper: gather(upper),
    weights: gather(weights),
    block,
  };
}

/** Outcome of a move, or undefined when the objective exceeds `most`. */
function outcome(
  instance: Instance,
  point: Point,
  steps: Steps,
  move: readonly number[],
  { rows, size }: Screen,
  most: number,
  scratch: Scratch,
): Move | undefined {
  const { columns } = instance;
  const { products } = point;
  const { delta, stamp, touched } = scratch;
  const id = ++scratch.move;
  scratch.evaluations++;
  let count = 0;
  for (const s of move) {
    const j = steps.variable[s];
    const c = steps.change[s];
    for (let e = columns.starts[j]; e < columns.starts[j + 1]; e++) {
      const k = columns.indices[e];
      if (stamp[k] === id) delta[k] += c * columns.values[e];
      else {
        stamp[k] = id;
        delta[k] = c * columns.values[e];
        touched[count++] = k;
      }
    }
  }
  let objective = 0;
  let squares = point.squares;
  for (let i = 0; i < count; i++) {
    const k = touched[i];
    const now = violationAt(instance, k, products[k] + delta[k]);
    if (now > most) return undefined;
    if (now > objective) objective = now;
    const before = violationAt(instance, k, products[k]);
    squares += now * now - before * before;
  }
  // The worst row that the move leaves alone.
  let q = 0;
  while (q < size && stamp[rows[q]] === id) q++;
  if (q < size) objective = Math.max(objective, violationAt(instance, rows[q], products[rows[q]]));
  else if (size < instance.m && count < instance.m) {
    for (let k = 0; k < instance.m; k++) {
      if (stamp[k] !== id) objective = Math.max(objective, violationAt(instance, k, products[k]));
    }
  }
  return objective > most ? undefined : { steps: move, objective, squares: Math.max(0, squares) };
}

/** The best improving move of one variable: of the objective, or of the squares where the objective stays. */
function bestSingle(
  instance: Instance,
  point: Point,
  steps: Steps,
  screen: Screen,
  limit: number,
  scratch: Scratch,
): Move | undefined {
  const slack = ROUNDING * point.objective;
  let best: Move | undefined;
  let most = point.objective + slack;
  for (let s = 0; s < steps.count; s++) {
    if (fails(steps, screen, s, s, most)) continue;
    const move = outcome(instance, point, steps, [s], screen, most, scratch);
    if (move === undefined || move.squares > limit) continue;
    const { objective, squares } = best ?? point;
    if (
      move.objective < objective - slack ||
      (move.objective <= objective + slack && move.squares < squares * (1 - ROUNDING))
    ) {
      best = move;
      most = Math.min(most, move.objective + slack);
    }
  }
  return best;
}

/** Whether a move of one (twice the same number) or two steps leaves one of the worst rows above `most`. */
function fails(
  { variable, change }: Steps,
  { size, products, lower, upper, weights, block }: Screen,
  a: number,
  b: number,
  most: number,
): boolean {
  const atA = variable[a] * size;
  const atB = variable[b] * size;
  const ca = change[a];
  const cb = a === b ? 0 : change[b];
  for (let q = 0; q < size; q++) {
    const r = products[q] + ca * block[atA + q] + cb * block[atB + q];
    if (weights[q] * (lower[q] - r) > most || weights[q] * (r - upper[q]) > most) return true;
  }
  return false;
}

/** The move of two variables that lowers the objective most. One of the two must lower the worst row. */
function bestPair(
  instance: Instance,
  point: Point,
  steps: Steps,
  screen: Screen,
  limit: number,
  scratch: Scratch,
  stream: Stream,
): Move | undefined {
  const { variable, count } = steps;
  const { gain, helpful } = gains(instance, point, steps, screen);
  const firsts =
    helpful.length * count <= PAIRS
      ? helpful
      : stream.sample(helpful.length, Math.max(1, Math.floor(PAIRS / count))).map((i) => helpful[i]);
  const slack = ROUNDING * point.objective;
  let best: Move | undefined;
  let most = point.objective - slack;
  for (const a of firsts) {
    for (let b = 0; b < count; b++) {
      // Pairs of two helpful steps come once.
      if (gain[a] + gain[b] <= 0 || variable[a] === variable[b] || (gain[b] > 0 && b < a)) continue;
      if (fails(steps, screen, a, b, most)) continue;
      const move = outcome(instance, point, steps, [a, b], screen, most, scratch);
      if (move === undefined || move.squares > limit) continue;
      if (move.objective < (best?.objective ?? most)) {
        best = move;
        most = move.objective;
      }
    }
  }
  return best;
}

/** How far every step brings the worst row towards its bounds, and the steps that do. */
function gains(
  instance: Instance,
  point: Point,
  { count, variable, change }: Steps,
  { size, rows, block }: Screen,
): { readonly gain: Float64Array; readonly helpful: readonly number[] } {
  const sign = point.products[rows[0]] > instance.upper[rows[0]] ? -1 : 1;
  const gain = new Float64Array(count);
  const helpful: number[] = [];
  for (let s = 0; s < count; s++) {
    gain[s] = sign * change[s] * block[variable[s] * size];
    if (gain[s] > 0) helpful.push(s);
  }
  return { gain, helpful };
}

/** The same with all pairs looked at on a device. The winner's score is computed on the host. */
async function bestScanned(
  instance: Instance,
  point: Point,
  steps: Steps,
  screen: Screen,
  limit: number,
  scratch: Scratch,
  scan: PairScan,
): Promise<Move | undefined> {
  const { helpful } = gains(instance, point, steps, screen);
  if (helpful.length === 0) return undefined;
  const { variable, change, count } = steps;
  const first = {
    variable: Int32Array.from(helpful, (s) => variable[s]),
    change: Float64Array.from(helpful, (s) => change[s]),
  };
  const second = { variable: variable.slice(0, count), change: change.slice(0, count) };
  const most = point.objective * (1 - SINGLE);
  const order = worstRows(instance, point, instance.m);
  const found = await scan(point.products, order, first, second, most);
  if (found === undefined) return undefined;
  const move = outcome(instance, point, steps, [helpful[found.first], found.second], screen, most, scratch);
  return move === undefined || move.squares > limit ? undefined : move;
}
