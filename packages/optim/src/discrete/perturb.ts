/** How a search leaves a local optimum: which variables are set anew, and how. */
import type { Instance } from "./base.ts";
import { better, place, rescore, violationAt, worstRows, type Point } from "./point.ts";
import type { Stream } from "./random.ts";

/** Rows that count in the choice of variables near the worst ones. */
const ROWS = 100;

/** How fast variables far from hitting a bound lose interest, per level. */
const FALL = 0.3;

/** Levels to either side that a greedy repair looks at. */
const REACH = 3;

/** Variables that an enumeration sets at once. */
const ENUMERATED = 6;

/** Picks variables to set anew. */
export interface Destroyer {
  readonly name: string;
  choose(instance: Instance, point: Point, count: number, stream: Stream): number[];
}

/** Sets chosen variables anew and leaves the score of the point up to date. */
export interface Repairer {
  readonly name: string;
  apply(instance: Instance, point: Point, chosen: readonly number[], stream: Stream): void;
}

/** Any variables. */
const random: Destroyer = {
  name: "random",
  choose: ({ n }, _, count, stream) => stream.sample(n, count),
};

/**
 * Variables that decide about the worst rows, drawn without replacement with weights
 * `sum_k v_k exp(-0.3 R_jk) / sum_k v_k` over the worst rows k, with v_k the violation and R_jk the number of mean level steps
 * that x_j can move before row k exceeds the objective.
 */
const worst: Destroyer = {
  name: "worst",
  choose(instance, point, count, stream) {
    const { n, rows, lower, upper, weights, levels, starts } = instance;
    const interest = new Float64Array(n).fill(1e-12);
    for (const k of worstRows(instance, point, ROWS)) {
      const v = violationAt(instance, k, point.products[k]);
      if (v === 0) break;
      const room = point.objective / weights[k];
      for (let e = rows.starts[k]; e < rows.starts[k + 1]; e++) {
        const j = rows.indices[e];
        const span = levels[starts[j + 1] - 1] - levels[starts[j]];
        if (span === 0 || rows.values[e] === 0) continue;
        const step = (Math.abs(rows.values[e]) * span) / (starts[j + 1] - starts[j] - 1);
        const distance = Math.min(point.products[k] - lower[k] + room, upper[k] + room - point.products[k]);
        interest[j] += v * Math.exp((-FALL * Math.max(0, distance)) / step);
      }
    }
    // Of keys log(u) / weight the largest are a sample without replacement (Efraimidis and Spirakis 2006).
    const keys = interest.map((w) => Math.log(1 - stream.uniform()) / w);
    return Array.from(keys.keys())
      .sort((a, b) => keys[b] - keys[a])
      .slice(0, count);
  },
};

/** Every chosen variable goes one level up or down or stays. */
const jitter: Repairer = {
  name: "jitter",
  apply(instance, point, chosen, stream) {
    for (const j of chosen) {
      const index = point.indices[j] + stream.below(3) - 1;
      if (index >= 0 && index < instance.starts[j + 1] - instance.starts[j]) place(instance, point, j, index);
    }
    rescore(instance, point);
  },
};

/** The chosen variables are jittered, then each in turn is put on its best level near by. */
const greedy: Repairer = {
  name: "greedy",
  apply(instance, point, chosen, stream) {
    jitter.apply(instance, point, chosen, stream);
    for (const j of chosen) {
      const count = instance.starts[j + 1] - instance.starts[j];
      const from = point.indices[j];
      let best = { index: from, objective: point.objective, squares: point.squares };
      for (let index = Math.max(0, from - REACH); index <= Math.min(count - 1, from + REACH); index++) {
        place(instance, point, j, index);
        rescore(instance, point);
        if (better(point, best)) best = { index, objective: point.objective, squares: point.squares };
      }
      place(instance, point, j, best.index);
      rescore(instance, point);
    }
  },
};

/** The best of all combinations of neighbouring levels of a few of the chosen variables, other than the one they have. */
const enumerate: Repairer = {
  name: "enumerate",
  apply(instance, point, chosen, stream) {
    const few = chosen.slice(0, ENUMERATED);
    const home = few.map((j) => point.indices[j]);
    let best: { readonly indices: number[]; readonly objective: number; readonly squares: number } | undefined;
    const visit = (depth: number, changed: boolean): void => {
      if (depth === few.length) {
        if (!changed) return;
        rescore(instance, point);
        if (best === undefined || better(point, best)) {
          const { objective, squares } = point;
          best = { indices: few.map((j) => point.indices[j]), objective, squares };
        }
        return;
      }
      const j = few[depth];
      for (const d of [-1, 0, 1]) {
        const index = home[depth] + d;
        if (index < 0 || index >= instance.starts[j + 1] - instance.starts[j]) continue;
        place(instance, point, j, index);
        visit(depth + 1, changed || d !== 0);
      }
    };
    visit(0, false);
    if (best === undefined) few.forEach((j, i) => place(instance, point, j, home[i]));
    else few.forEach((j, i) => place(instance, point, j, (best as { indices: number[] }).indices[i]));
    // Variables beyond the few are jittered.
    jitter.apply(instance, point, chosen.slice(ENUMERATED), stream);
  },
};

/** Every way to choose variables. */
export const destroyers: readonly Destroyer[] = [random, worst];

/** Every way to set them. */
export const repairers: readonly Repairer[] = [jitter, greedy, enumerate];
