/**
 * DDIM, PNDM, iPNDM and stochastic flow matching as the scheduler classes step them. DDIM and PNDM do not step to the next entry of their list but
 * by a fixed stride in the table, and use the signal at the next entry as it is: the two differ where the number of steps
 * does not divide the table. PNDM combines what the network predicts, not the noise.
 */
import { ArgumentError } from "@ansatz/tensor";
import { CONSISTENCY_PAPER, DEIS_PAPER, PNDM_PAPER } from "../../citation.ts";
import { showLevel, type Level } from "../../level.ts";
import type { PlanBuilder } from "../../plan/builder.ts";
import type { Term, Value } from "../../plan/plan.ts";
import { conversion, type Prediction } from "../../predictions/table.ts";
import type { PlannedSampler } from "../../samplers/base.ts";
import { ddim, ddimLimit, ddimStep, type DdimOptions } from "../../samplers/ddim.ts";
import { planned, walk } from "../../samplers/planned.ts";
import { ADAMS_BASHFORTH, epsilonHistory } from "../../samplers/pndm.ts";
import { transfer } from "../../samplers/transfer.ts";
import type { DiscreteSchedule } from "../../schedules/base.ts";

/** The steps that the classes take in a table. */
export interface Strides {
  readonly table: DiscreteSchedule;
  /** Entries of the table per step, rounded down. */
  readonly stride: number;
  /** Where a step arrives that would leave the table. */
  readonly end: Level;
}

/** The level `by` entries further on, towards the clean end. */
function further({ table, end }: Strides, name: string, from: Level, by: number): Level {
  const { time } = from;
  if (time === undefined || !Number.isInteger(time)) {
    throw new ArgumentError(`${name}: levels need their index in the table (got ${showLevel(from)}).`);
  }
  return time < by ? end : table.level(time - by);
}

/** The list of levels: the entries that the network is asked at, and where the last step arrives. */
export function strided(entries: readonly Level[], strides: Strides): Level[] {
  return [...entries, further(strides, "fromDiffusersConfig", entries[entries.length - 1], strides.stride)];
}

/** DDIMScheduler: every step goes one stride on. */
export function stridedDdim(strides: Strides, options: DdimOptions): PlannedSampler {
  const { name, order, citations } = ddim(options);
  const limit = ddimLimit(options);
  return planned({
    name,
    order,
    citations,
    write: (builder, levels) => {
      let x = builder.start;
      for (const from of levels.slice(0, -1)) {
        const to = further(strides, name, from, strides.stride);
        x = ddimStep(builder, x, from, to, options.eta, limit);
        builder.finish(x, to);
      }
    },
  });
}

/** Most outputs of the network that PNDM combines. */
const POINTS = 4;

/** PNDMScheduler, with (`rungeKutta`) or without `skip_prk_steps`. */
export function stridedPndm(strides: Strides, native: Prediction, rungeKutta: boolean): PlannedSampler {
  const name = rungeKutta ? "f-pndm" : "plms";
  const on = (from: Level, by: number): Level => further(strides, name, from, by);
  return planned({
    name,
    order: 2,
    citations: [PNDM_PAPER],
    write: (builder, levels) => {
      const entries = levels.slice(0, -1);
      const step = (x: Value, from: Level, to: Level, sum: readonly Term[]): Value =>
        combinedStep(builder, native, x, from, to, sum);
      const history: Value[] = [];
      let x = builder.start;
      entries.forEach((from, i) => {
        const listed = entries[i + 1];
        let to = on(from, strides.stride);
        const e = builder.evaluate(x, from, native);
        history.unshift(e);
        history.length = Math.min(history.length, POINTS);
        if (rungeKutta && i < POINTS - 1) {
          to = listed;
          x = rungeKuttaStep(builder, native, step, { x, e, from, to }, strides, on);
        } else if (!rungeKutta && i === 0 && listed !== undefined) {
          // The second call is made at the next entry, and the step is then taken again, from one stride before it.
          const end = builder.evaluate(step(x, from, to, [[1, e]]), listed, native);
          to = listed;
          const mean: Term[] = [
            [1 / 2, e],
            [1 / 2, end],
          ];
          x = step(x, on(to, -strides.stride), to, mean);
        } else {
          const weights = ADAMS_BASHFORTH[history.length - 1];
          const sum = history.map((value, j): Term => [weights[j], value]);
          x = step(x, from, to, sum);
        }
        builder.finish(x, to);
      });
    },
  });
}

type CombinedStep = (x: Value, from: Level, to: Level, sum: readonly Term[]) => Value;

/** The pseudo Runge-Kutta step; its two middles lie half a stride after its start, and half a stride before its end. */
function rungeKuttaStep(
  builder: PlanBuilder,
  native: Prediction,
  step: CombinedStep,
  { x, e, from, to }: { x: Value; e: Value; from: Level; to: Level },
  { stride }: Strides,
  on: (from: Level, by: number) => Level,
): Value {
  const half = Math.floor(stride / 2);
  const middle = on(to, -half);
  const ask = (value: Value, level: Level): Value => builder.evaluate(value, level, native);
  const second = ask(step(x, from, on(from, half), [[1, e]]), middle);
  const third = ask(step(x, from, middle, [[1, second]]), middle);
  const fourth = ask(step(x, from, to, [[1, third]]), to);
  return step(x, from, to, [
    [1 / 6, e],
    [1 / 3, second],
    [1 / 3, third],
    [1 / 6, fourth],
  ]);
}

/** The DDIM map with a sum of the network's outputs, turned into noise together with the signal that it is applied to. */
function combinedStep(
  builder: PlanBuilder,
  native: Prediction,
  x: Value,
  from: Level,
  to: Level,
  sum: readonly Term[],
): Value {
  const factors = transfer("epsilon", from, to);
  const noise = conversion(native, "epsilon", from);
  return builder.combine([
    [factors.x + factors.m * noise.x, x],
    ...sum.map(([weight, value]): Term => [factors.m * noise.prediction * weight, value]),
  ]);
}

/** IPNDMScheduler: in its first step, from pure noise, x0 is taken to be 0, whatever the network says. */
export function clearedIPndm(): PlannedSampler {
  return planned({
    name: "ipndm",
    order: 2,
    citations: [DEIS_PAPER, PNDM_PAPER],
    write: (builder, levels) => {
      const history = epsilonHistory(builder, POINTS);
      walk(builder, levels, ({ x, from, to }) => {
        if (from.alpha === 0) {
          builder.evaluate(x, from, "x0");
          history.push(builder.combine([[1 / from.sigma, x]]));
          return builder.combine([[to.sigma / from.sigma, x]]);
        }
        history.push(builder.evaluate(x, from, "epsilon"));
        return history.step(x, from, to);
      });
    },
  });
}

/** FlowMatchEulerDiscreteScheduler with `stochastic_sampling`: the estimate of x0, under fresh noise. */
export function renoised(): PlannedSampler {
  return planned({
    name: "renoised",
    order: 0.5,
    citations: [CONSISTENCY_PAPER],
    write: (builder, levels) =>
      walk(builder, levels, ({ x, from, to }) =>
        builder.combine([
          [to.alpha, builder.evaluate(x, from, "x0")],
          ...(to.sigma === 0 ? [] : [[to.sigma, builder.noise(from, to)] as const]),
        ]),
      ),
  });
}
