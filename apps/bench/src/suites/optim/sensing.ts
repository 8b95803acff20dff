/** How fast gradient descent finds a low-rank matrix with factors that are too wide. */
import { matrixSensing } from "@ansatz/optim";
import { mul, tensor, type Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import type { Curve, Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

/** Size of the matrix, its two singular values, and the step. */
const [SIZE, VALUES, STEP] = [20, [1, 0.6], 0.1] as const;

const AXES = { x: "steps", y: "squared error" } as const;

/** Steps at which curves have points: about twelve per decade. */
function marks(steps: number): number[] {
  const all = Array.from({ length: 80 }, (_, i) => Math.round(10 ** (i / 12)));
  return [...new Set([...all.filter((mark) => mark < steps), steps])];
}

/** `(k - r) / (4 eta^2 T^2)` for symmetric factors with k columns, and how the curve falls. */
async function symmetric(target: Tensor, draw: (k: number, width: number) => Tensor, k: number): Promise<Row[]> {
  const steps = 20000;
  const record = marks(steps);
  const start = { kind: "symmetric", X: mul(draw(k, k), 0.1) } as const;
  const { error } = await matrixSensing({ target, start, step: STEP, steps, record });
  const last = error[error.length - 1];
  const predicted = (k - VALUES.length) / (4 * STEP ** 2 * steps ** 2);
  // Where only the spare columns are left, from a tenth of the run on.
  const tail = record.map((step, i) => [Math.log(step), Math.log(error[i])]).filter(([x]) => x >= Math.log(steps / 10));
  const mean = (pick: (p: number[]) => number): number => tail.reduce((s, p) => s + pick(p), 0) / tail.length;
  const [mx, my] = [mean(([x]) => x), mean(([, y]) => y)];
  const slope = mean(([x, y]) => (x - mx) * (y - my)) / mean(([x]) => (x - mx) ** 2);
  const curve: Curve = { name: `${k} columns`, ...AXES, points: record.map((step, i) => [step, error[i]]) };
  const title = `${k} columns for rank 2`;
  return [
    makeRow({
      id: `sensing.symmetric.${k}`,
      title: `${title}: relative difference from (k - r) / (4 eta^2 T^2) at T = ${steps}`,
      unit: "",
      better: "less",
      value: Math.abs(last / predicted - 1),
      target: { relation: "<=", value: 0.03 },
      curves: [curve],
    }),
    makeRow({
      id: `sensing.slope.${k}`,
      title: `${title}: distance of the slope from -1.975, in logarithms`,
      unit: "",
      better: "less",
      value: Math.abs(slope + 1.975),
      target: { relation: "<=", value: 0.075 },
      note: `slope ${slope.toFixed(3)}, between -2.05 and -1.9`,
    }),
  ];
}

/** The rate after balancing the factors once. */
async function accelerated(target: Tensor, draw: (k: number, width: number) => Tensor, alpha: number): Promise<Row> {
  const from = alpha < 0.1 ? 300 : 200;
  const start = { kind: "asymmetric", F: mul(draw(6, 4), alpha), G: mul(draw(7, 4), alpha / 3) } as const;
  const steps = from + 200;
  const record = [...new Set([...marks(steps), from, from + 50, from + 100, from + 150])].sort((a, b) => a - b);
  const beta = Math.sqrt(0.6);
  const problem = { target, start, step: STEP, steps, record };
  const plain = await matrixSensing(problem);
  const { error } = await matrixSensing({ ...problem, accelerate: { at: from, beta } });
  const at = (step: number): number => error[record.indexOf(step)];
  const rate = -Math.log(at(steps) / at(from + 100)) / 100;
  const curve = (name: string, values: readonly number[]): Curve => ({
    name: `alpha ${alpha}, ${name}`,
    ...AXES,
    points: record.map((step, i) => [step, values[i]]),
  });
  return makeRow({
    id: `sensing.accelerated.${alpha}`,
    title: `alpha ${alpha}: relative difference of the accelerated rate from 2 eta beta^2`,
    unit: "",
    better: "less",
    value: Math.abs(rate / (2 * STEP * beta ** 2) - 1),
    target: { relation: "<=", value: 0.1 },
    note: `rate ${rate.toFixed(4)} per step`,
    curves: [curve("as it is", plain.error), curve("balanced once", error)],
  });
}

/** Rates of matrix sensing. */
export const sensing: Figure = {
  id: "sensing",
  title: "over-parameterised matrix sensing: 1/T^2, and the one-step acceleration",
  async run({ report }): Promise<Row[]> {
    const entry = (i: number, j: number): number => (i === j ? (VALUES[i] ?? 0) : 0);
    const target = tensor(
      Array.from({ length: SIZE }, (_, i) => Array.from({ length: SIZE }, (__, j) => entry(i, j))),
      { dtype: "f64" },
    ) as Tensor;
    const draw = (k: number, width: number): Tensor => normal(key(k), [SIZE, width], { dtype: "f64" }) as Tensor;
    const rows: Row[] = [];
    for (const k of [3, 8]) {
      report(`symmetric, ${k} columns`);
      rows.push(...(await symmetric(target, draw, k)));
    }
    for (const alpha of [0.1, 0.05]) {
      report(`asymmetric, alpha ${alpha}`);
      rows.push(await accelerated(target, draw, alpha));
    }
    return rows;
  },
};
