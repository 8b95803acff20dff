/** Solver schedules as a search changes them: mutation, crossover, and the schedules that a search starts from. */
import { continuousLevels, type ContinuousSpacing } from "../grids/continuousLevels.ts";
import { halfLogSnr } from "../level.ts";
import type { SolverSchedule, StepDecision } from "../samplers/solverSchedule.ts";
import type { ContinuousSchedule } from "../schedules/base.ts";
import type { RandomStream } from "./randomStream.ts";

/** A solver schedule taken apart. */
export interface Candidate {
  /** From noisy to clean; the first and the last never change. */
  readonly times: readonly number[];
  readonly steps: readonly StepDecision[];
  readonly analyticFirst: boolean;
}

/** The JSON form. */
export function toSchedule({ times, steps, analyticFirst }: Candidate): SolverSchedule {
  return {
    timesteps: [...times],
    order: steps.map(({ order }) => order),
    data: steps.map(({ data }) => data),
    points: steps.map(({ points }) => points),
    relax: steps.map(({ relax }) => relax),
    corrector: steps.map(({ corrector }) => corrector),
    analyticFirst,
  };
}

const LAYOUTS: readonly ContinuousSpacing[] = ["time-uniform", "time-quadratic", "log-snr", "karras"];

/** Every uniform schedule: orders 1 to 3, both predictions, with and without corrector, four layouts, analytic or not. */
export function fixedCandidates(
  noise: ContinuousSchedule,
  evaluations: number,
  start: number,
  end: number,
): Candidate[] {
  const found: Candidate[] = [];
  for (const analyticFirst of [false, true]) {
    const steps = evaluations + (analyticFirst ? 1 : 0);
    for (const spacing of LAYOUTS) {
      const levels = continuousLevels(noise, { steps, spacing, start, end });
      const times = levels.map((level, i) => (i === 0 ? start : i === steps ? end : noise.timeAt(halfLogSnr(level))));
      for (const order of [1, 2, 3]) {
        for (const data of [true, false]) {
          for (const corrector of [true, false]) {
            const decision = { order, data, points: 0, relax: null, corrector };
            found.push(repaired({ times, steps: Array.from({ length: steps }, () => decision), analyticFirst }));
          }
        }
      }
    }
  }
  return found;
}

/** Smallest distance of two times, relative to their range. */
const GAP = 1e-4;

/** The nearest candidate that is a valid schedule. */
export function repaired({ times, steps, analyticFirst }: Candidate): Candidate {
  const [start, end] = [times[0], times[times.length - 1]];
  const gap = GAP * (start - end);
  const inner = times.slice(1, -1).toSorted((a, b) => b - a);
  const placed = [start];
  inner.forEach((time, i) => {
    const lowest = end + gap * (inner.length - i);
    placed.push(Math.max(Math.min(time, placed[i] - gap), lowest));
  });
  placed.push(end);
  const last = steps.length - 1;
  return {
    times: placed,
    analyticFirst,
    steps: steps.map((step, i) => {
      const order = Math.max(1, Math.min(step.order, i + 1, 4));
      return { ...step, order, points: Math.min(step.points, order - 1), corrector: step.corrector && i < last };
    }),
  };
}

const ORDERS = [1, 1, 2, 2, 2, 2, 3, 3, 3, 4];
/** Shares of the attributes that a mutation changes: from shaking everything to polishing. */
const RATES = [0.3, 0.15, 0.06];
const TIME_SCALE = 0.03;
const RELAX_SCALE = 0.03;

/** A changed copy: times and relaxations move, orders, predictions, points and correctors are drawn anew. */
export function mutated(parent: Candidate, random: RandomStream): Candidate {
  const rate = RATES[random.index(RATES.length)];
  const range = parent.times[0] - parent.times[parent.times.length - 1];
  // Times lie closer together near the end, and so must their changes.
  const times = parent.times.map((time, i) => {
    const isEnd = i === 0 || i === parent.times.length - 1;
    return isEnd || !random.chance(rate) ? time : time + random.normal() * TIME_SCALE * Math.sqrt(time / range) * range;
  });
  const steps = parent.steps.map((step): StepDecision => ({
    order: random.chance(rate) ? ORDERS[random.index(ORDERS.length)] : step.order,
    data: random.chance(rate) ? random.chance(0.5) : step.data,
    points: random.chance(rate) ? random.index(3) : step.points,
    relax: random.chance(rate) ? relaxed(step.relax, random) : step.relax,
    corrector: random.chance(rate) ? random.chance(0.5) : step.corrector,
  }));
  const candidate = { times, steps, analyticFirst: parent.analyticFirst };
  return repaired(random.chance(rate / 3) ? toggledStart(candidate, random) : candidate);
}

function relaxed(relax: StepDecision["relax"], random: RandomStream): number | null {
  if (random.chance(0.1)) return null;
  return (typeof relax === "number" ? relax : 0) + random.normal() * RELAX_SCALE;
}

/** With or without the analytic first step: one step more or less for the same calls. */
function toggledStart({ times, steps, analyticFirst }: Candidate, random: RandomStream): Candidate {
  if (analyticFirst && steps.length > 1) {
    const gone = 1 + random.index(times.length - 2);
    return {
      times: times.filter((_, i) => i !== gone),
      steps: steps.filter((_, i) => i !== gone - 1),
      analyticFirst: false,
    };
  }
  if (analyticFirst) return { times, steps, analyticFirst };
  const at = random.index(steps.length);
  const middle = Math.sqrt(times[at] * times[at + 1]);
  return {
    times: [...times.slice(0, at + 1), middle, ...times.slice(at + 1)],
    steps: [...steps.slice(0, at + 1), ...steps.slice(at)],
    analyticFirst: true,
  };
}

/** A child of two candidates of equal length: whole attributes from either, or steps from either. */
export function crossed(a: Candidate, b: Candidate, random: RandomStream): Candidate {
  if (a.times.length !== b.times.length || a.analyticFirst !== b.analyticFirst) return a;
  if (random.chance(0.5)) {
    const pick = <T>(first: T, second: T): T => (random.chance(0.5) ? first : second);
    const sources = {
      order: pick(a, b),
      data: pick(a, b),
      points: pick(a, b),
      relax: pick(a, b),
      corrector: pick(a, b),
    };
    const steps = a.steps.map((_, i) => ({
      order: sources.order.steps[i].order,
      data: sources.data.steps[i].data,
      points: sources.points.steps[i].points,
      relax: sources.relax.steps[i].relax,
      corrector: sources.corrector.steps[i].corrector,
    }));
    return repaired({ times: pick(a, b).times, steps, analyticFirst: a.analyticFirst });
  }
  const sides = a.steps.map(() => (random.chance(0.5) ? a : b));
  return repaired({
    times: a.times.map((time, i) => (i === 0 || i === a.steps.length ? time : sides[i].times[i])),
    steps: sides.map((side, i) => side.steps[i]),
    analyticFirst: a.analyticFirst,
  });
}
