/** Acceleration as a flow. */
import { ArgumentError, checkOptions, compile, mul, treeMap, type Citation, type Tree } from "@ansatz/tensor";
import { checkPositive } from "../check.ts";
import { FLOW_PAPER } from "../citation.ts";
import type { Problem } from "../minimize/base.ts";
import { oracle } from "../minimize/minimize.ts";
import { combination, inner, read } from "../vector.ts";
import { checkCurvatures, type Curvatures } from "./base.ts";

/** Options of {@link accelerationFlow}. */
export interface FlowOptions extends Curvatures {
  /** `"nesterov"` when left out, or `"triple-momentum"`. */
  readonly kind?: "nesterov" | "triple-momentum";
}

/** Position of a flow. */
export interface FlowPoint<P extends Tree = Tree> {
  readonly x: P;
  readonly z: P;
}

/** A flow that minimises; see {@link accelerationFlow}. */
export interface AccelerationFlow {
  readonly kind: "nesterov" | "triple-momentum";
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  /** V falls at least like `exp(-rate t)`. */
  readonly rate: number;
  /** Natural time step `sqrt(1 / L)` of the discrete method. */
  readonly timeStep: number;
  readonly citations: readonly Citation[];
  /** `x'` and `z'` at a point, from the gradient at x. */
  derivative<P extends Tree>(point: FlowPoint<P>, gradient: P): FlowPoint<P>;
  /** One semi-implicit step of length `timeStep`; for `"nesterov"` these are the iterates of the discrete method. */
  step<P extends Tree>(point: FlowPoint<P>, gradient: (x: P) => P): FlowPoint<P>;
  /** The Lyapunov function V; needs the problem's value, solution and least value. */
  lyapunov<P extends Tree>(point: FlowPoint<P>, problem: Problem<P>): Promise<number>;
}

/**
 * Acceleration as a pair of first-order equations, without second derivatives:
 * `x' = a (z - x) - b grad f(x)`, `z' = c (x - z) - d grad f(x)`.
 *
 * Eliminating z gives `x'' + (a + c) x' + b Hess f(x) x' + (a d + b c) grad f(x) = 0`: damping by the Hessian comes for
 * free, and it is what the heavy ball (b = 0) lacks. With `s = 1 / L`:
 * - `"nesterov"`: `a = c = sqrt mu`, `d = 1 / sqrt mu`, `b = sqrt s`; `V = f(x) - f* + mu / 2 |z - x*|^2`, rate `sqrt mu`;
 * - `"triple-momentum"`: `a = 2 sqrt mu`, others as above; `V = f(x) - f* - mu / 2 |x - x*|^2 + mu |z - x*|^2`, rate
 *   `2 sqrt mu`.
 *
 * The equations and rates are derived from strong convexity at x*; the idea of immersing the dynamics in first-order pairs
 * follows Parimi and others 2025.
 * @throws ArgumentError unless 0 < mu <= L, or for an unknown kind
 */
export function accelerationFlow({ mu, L, kind = "nesterov" }: FlowOptions): AccelerationFlow {
  const name = "accelerationFlow";
  checkCurvatures(name, mu, L);
  if (kind !== "nesterov" && kind !== "triple-momentum") {
    throw new ArgumentError(
      `${name}: kind is unknown (got ${String(kind)}, expected "nesterov" or "triple-momentum").`,
    );
  }
  const triple = kind === "triple-momentum";
  const root = Math.sqrt(mu);
  const [a, b, c, d] = [triple ? 2 * root : root, Math.sqrt(1 / L), root, 1 / root];
  const timeStep = Math.sqrt(1 / L);
  return {
    kind,
    a,
    b,
    c,
    d,
    rate: triple ? 2 * root : root,
    timeStep,
    citations: [FLOW_PAPER],
    derivative: ({ x, z }, g) => ({
      x: combination([-a, x], [a, z], [-b, g]),
      z: combination([c, x], [-c, z], [-d, g]),
    }),
    step: ({ x, z }, gradient) => {
      const h = timeStep;
      const y = combination([1 / (1 + a * h), x], [(a * h) / (1 + a * h), z]);
      const g = gradient(y);
      return {
        x: combination([1, y], [-b * h, g]),
        z: combination([1 - c * h, z], [c * h, y], [-d * h, g]),
      };
    },
    async lyapunov({ x, z }, { value, solution, least }) {
      if (value === undefined || solution === undefined || least === undefined) {
        throw new ArgumentError(`${name}: the Lyapunov function needs the problem's value, solution and least.`);
      }
      const square = async (u: typeof x): Promise<number> =>
        read(() => {
          const e = combination([1, u], [-1, solution]);
          return inner(e, e);
        });
      const gap = (await read(() => value(x))) - least;
      const far = await square(z);
      return triple ? gap - (mu / 2) * (await square(x)) + mu * far : gap + (mu / 2) * far;
    },
  };
}

/** Options of {@link integrateFlow}. */
export interface IntegrateFlowOptions {
  /** Times at which the position is wanted, increasing, from 0 on. */
  readonly times: readonly number[];
  /** `"semi-implicit"` when left out, which takes steps of `flow.timeStep`; or `"rk4"`, for accurate curves. */
  readonly integrator?: "semi-implicit" | "rk4";
  /** Longest step of `"rk4"`; `timeStep / 20` when left out. */
  readonly maxStep?: number;
}

/** A position on the way. */
export interface FlowSample<P extends Tree = Tree> extends FlowPoint<P> {
  /** The time; for `"semi-implicit"` the nearest whole number of steps. */
  readonly t: number;
}

/**
 * Follows a flow from `x = z = problem.start`. The gradient becomes part of a compiled step, so it must not read values.
 * @throws ArgumentError for a value outside its range, naming it
 */
export function integrateFlow<P extends Tree>(
  flow: AccelerationFlow,
  problem: Problem<P>,
  options: IntegrateFlowOptions,
): readonly FlowSample<P>[] {
  const name = "integrateFlow";
  checkOptions(name, options, ["times", "integrator", "maxStep"]);
  const { times, integrator = "semi-implicit", maxStep = flow.timeStep / 20 } = options;
  if (integrator !== "semi-implicit" && integrator !== "rk4") {
    throw new ArgumentError(
      `${name}: integrator is unknown (got ${String(integrator)}, expected "semi-implicit" or "rk4").`,
    );
  }
  checkPositive(name, "maxStep", maxStep);
  if (!times.every((t, i) => Number.isFinite(t) && t >= (i === 0 ? 0 : times[i - 1]))) {
    throw new ArgumentError(`${name}: times must increase from 0 on (got ${times.join(", ")}).`);
  }
  const { gradient, start } = oracle(name, problem);
  let point: FlowPoint<P> = { x: start, z: start };
  const samples: FlowSample<P>[] = [];
  // One plan per length of step, replayed; what one step leaves is the next one's memory.
  const advance = (step: (p: FlowPoint<P>) => FlowPoint<P>, count: number): void => {
    if (count === 0) return;
    const run = compile(step as never, { donate: [0] }) as never as (p: FlowPoint<P>) => FlowPoint<P>;
    point = { x: copied(point.x), z: copied(point.z) };
    for (let i = 0; i < count; i++) point = run(point);
  };
  let done = 0;
  for (const t of times) {
    if (integrator === "rk4") {
      const before = samples.length === 0 ? 0 : samples[samples.length - 1].t;
      const count = Math.ceil((t - before) / maxStep);
      advance((p) => rungeKutta(flow, gradient, p, (t - before) / count), count);
      samples.push({ t, ...point });
    } else {
      const count = Math.round(t / flow.timeStep);
      advance((p) => flow.step(p, gradient), count - done);
      done = count;
      samples.push({ t: count * flow.timeStep, ...point });
    }
  }
  return samples;
}

/** Tensors of their own with the same values. */
function copied<P extends Tree>(x: P): P {
  return treeMap((t) => mul(t, 1), x);
}

/** The classical fourth-order step. */
function rungeKutta<P extends Tree>(
  flow: AccelerationFlow,
  gradient: (x: P) => P,
  at: FlowPoint<P>,
  h: number,
): FlowPoint<P> {
  const moved = (k: FlowPoint<P>, step: number): FlowPoint<P> => ({
    x: combination([1, at.x], [step, k.x]),
    z: combination([1, at.z], [step, k.z]),
  });
  const slope = (p: FlowPoint<P>): FlowPoint<P> => flow.derivative(p, gradient(p.x));
  const k1 = slope(at);
  const k2 = slope(moved(k1, h / 2));
  const k3 = slope(moved(k2, h / 2));
  const k4 = slope(moved(k3, h));
  const sum = (part: "x" | "z"): P =>
    combination([1, at[part]], [h / 6, k1[part]], [h / 3, k2[part]], [h / 3, k3[part]], [h / 6, k4[part]]);
  return { x: sum("x"), z: sum("z") };
}
