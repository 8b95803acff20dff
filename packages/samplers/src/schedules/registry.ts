/** Every noise schedule of the package, for tests, documentation and benchmarks to iterate over. */
import type { ContinuousSchedule, DiscreteSchedule } from "./base.ts";
import { discreteSchedule } from "./discrete.ts";
import { edm } from "./edm.ts";
import { flowMatching } from "./flowMatching.ts";
import { meanReverting, type MeanRevertingSchedule } from "./meanReverting.ts";
import { piecewiseLinear } from "./piecewiseLinear.ts";
import { vpCosine } from "./vpCosine.ts";
import { vpLinear } from "./vpLinear.ts";

/** One line of the registry. */
export interface ScheduleEntry {
  /** Short name, as command lines take it. */
  readonly name: string;
  /** The factory that makes it, as exported. */
  readonly factory: string;
  /** The schedule with its usual settings; its citations are declared there. */
  create(): DiscreteSchedule | ContinuousSchedule | MeanRevertingSchedule;
}

/** Every schedule. */
export const schedules: readonly ScheduleEntry[] = [
  { name: "linear", factory: "discreteSchedule", create: () => discreteSchedule({ betas: "linear" }) },
  { name: "scaled-linear", factory: "discreteSchedule", create: () => discreteSchedule({ betas: "scaled-linear" }) },
  { name: "quad", factory: "discreteSchedule", create: () => discreteSchedule({ betas: "quad" }) },
  { name: "cosine", factory: "discreteSchedule", create: () => discreteSchedule({ betas: "cosine" }) },
  {
    name: "scaled-linear-zero-snr",
    factory: "discreteSchedule",
    create: () => discreteSchedule({ betas: "scaled-linear", zeroTerminalSnr: true }),
  },
  { name: "vp-linear", factory: "vpLinear", create: () => vpLinear() },
  { name: "vp-cosine", factory: "vpCosine", create: () => vpCosine() },
  { name: "edm", factory: "edm", create: () => edm() },
  { name: "flow-matching", factory: "flowMatching", create: () => flowMatching() },
  { name: "flow-matching-shift-3", factory: "flowMatching", create: () => flowMatching({ shift: 3 }) },
  { name: "mean-reverting", factory: "meanReverting", create: () => meanReverting() },
  {
    name: "piecewise-linear",
    factory: "piecewiseLinear",
    create: () => piecewiseLinear(discreteSchedule({ betas: "linear" })),
  },
];
