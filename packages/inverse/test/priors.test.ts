/** Deep image priors: gradients of their couplings, reproducibility, memory, and how runs end. */
import {
  dip,
  evenAngles,
  gradientOperator,
  iterateReconstruction,
  mcdipAdmm,
  parallelBeam,
  projector,
  reconstruct,
  totalVariation,
  type Algorithm,
  type DipOptions,
  type ReconstructionState,
} from "@ansatz/inverse";
import {
  add,
  compile,
  grad,
  memory,
  mul,
  ones,
  sqrt,
  square,
  sub,
  sum,
  tensor,
  zeros,
  type Tensor,
} from "@ansatz/tensor";
import { constantRate, cosineRate } from "@ansatz/optim";
import { key, normal, uniform } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";
import { splitting, variationSplitting, variationTerm, weightedVariation } from "../src/priors/couplings.ts";
import { read } from "./reader/common.ts";

const size = 16;
const geometry = parallelBeam({
  image: { rows: size, columns: size, pixel: 1 },
  angles: evenAngles(12),
  detectors: 23,
  spacing: 1,
});
const operator = projector(geometry);
const truth = tensor(
  Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (__, j) => (Math.hypot(i - 7, j - 8) < 5 ? 0.8 : 0.1)),
  ),
);
const data = operator.apply(truth).eval();
const small = { codeChannels: 4, features: 4, encoder: [4], decoder: [8, 8], skip: 2, stepsPerIteration: 5 };

const image = uniform(key(1), [8, 8], { dtype: "f64" });
const field = (seed: number, shape: number[]): Tensor => normal(key(seed), shape, { dtype: "f64" });
const d = gradientOperator([8, 8], "f64");

describe("the gradient of the term", () => {
  const same = async (got: Tensor | null, term: (g: Tensor) => Tensor): Promise<void> => {
    const want = await read(grad(term)(image));
    for (const [i, v] of (await read(got as Tensor)).entries()) expect(v).toBeCloseTo(want[i], 9);
  };
  const half = (t: Tensor): Tensor => mul(sum(square(t)), 0.5);

  test("of total variation", async () => {
    const rounded = (g: Tensor): Tensor => mul(sum(sqrt(add(sum(square(d.apply(g)), { axis: 0 }), 1e-6))), 0.7);
    await same(variationTerm(0.7).pull(image, {}), rounded);
  });
  test("of a splitting", async () => {
    const [x, u] = [field(2, [8, 8]), field(3, [8, 8])];
    await same(splitting(3).pull(image, { x, u }), (g) => mul(half(add(sub(g, x), u)), 3));
  });
  test("of the splitting of the gradient", async () => {
    const [t, u] = [field(2, [2, 8, 8]), field(3, [2, 8, 8])];
    await same(weightedVariation(1, 3).pull(image, { t, u }), (g) => mul(half(add(sub(d.apply(g), t), u)), 3));
  });
});

test("repeated looks at one image approach the proximal map of total variation", async () => {
  const { init, update } = variationSplitting(0.1, 2, [-10, 10]);
  const u = zeros([8, 8], { dtype: "f64" });
  const look = compile((p: Tensor) => update(image, { u, p }));
  let { x, p } = init(image);
  for (let i = 0; i < 10; i++) ({ x, p } = look(p));
  const want = await read(await totalVariation({ iterations: 1000, tolerance: 1e-10 }).prox(image, 0.05));
  for (const [i, v] of (await read(x)).entries()) expect(v).toBeCloseTo(want[i], 5);
});

test("a single code has a network of its own, several share one and are mixed", async () => {
  const names = async (method: Algorithm): Promise<string[]> => {
    const { vectors } = await method.init({ operator, data });
    return Object.keys(vectors).filter((name) => name.startsWith("params"));
  };
  const sizes = { key: key(1), codeChannels: 4, decoder: [8, 8], skip: 2 };
  const alone = await names(dip(sizes));
  const several = await names(dip({ ...sizes, codes: 2, encoder: [4] }));
  expect(alone.filter((name) => name.includes("joint"))).toEqual([]);
  expect(several).toEqual(expect.arrayContaining(alone));
  expect(several.filter((name) => name.endsWith("mixture"))).toHaveLength(1);
});

test("equal keys give equal bits, others other images", async () => {
  const run = async (seed: number): Promise<number[]> => {
    const { value } = await reconstruct(
      mcdipAdmm({ key: key(seed), ...small, codes: 2 }),
      { operator, data },
      { maxIterations: 3 },
    );
    return read(value);
  };
  const first = await run(1);
  expect(await run(1)).toEqual(first);
  expect(await run(2)).not.toEqual(first);
});

test("a constant schedule is a constant rate, and at a rate that has fallen to 0 the parameters stay", async () => {
  const params = async (options: Partial<DipOptions>): Promise<number[][]> => {
    const found: number[][] = [];
    const method = mcdipAdmm({ key: key(1), ...small, codes: 2, ...options });
    for await (const { vectors } of iterateReconstruction(method, { operator, data }, { maxIterations: 3 }))
      found.push(await read(vectors["params.decoder.head.weight"]));
    return found;
  };
  const plain = await params({});
  expect(await params({ learningRate: constantRate(0.01), beta2: 0.99 })).toEqual(plain);
  expect(await params({ beta2: 0.9 })).not.toEqual(plain);
  // Ten steps, of which an iteration makes five.
  const [, first, second, third] = await params({ learningRate: cosineRate({ rate: 0.01, steps: 10 }) });
  expect(second).not.toEqual(first);
  expect(third).toEqual(second);
});

test("states stay as they are, and none is left behind", async () => {
  const before = memory().used;
  const seen: ReconstructionState[] = [];
  const values: number[][] = [];
  for await (const state of iterateReconstruction(
    dip({ key: key(1), ...small }),
    { operator, data },
    { maxIterations: 3 },
  )) {
    seen.push(state);
    values.push(await read(state.x));
  }
  for (const [i, { x }] of seen.entries()) expect(await read(x)).toEqual(values[i]);
  const tensors = new Set(seen.flatMap(({ x, vectors }) => [x, ...Object.values(vectors)]));
  const state = [...tensors].reduce((sum, t) => sum + 4 * t.size, 0);
  for (const t of tensors) t.dispose();
  // What is left is the plans' own.
  expect(memory().used - before).toBeLessThan(state);
});

test("a long run needs no more memory than a short one", async () => {
  const peak = async (maxIterations: number): Promise<number> => {
    const before = memory().used;
    const { value } = await reconstruct(mcdipAdmm({ key: key(1), ...small }), { operator, data }, { maxIterations });
    value.dispose();
    return memory().used - before;
  };
  await peak(2);
  expect(await peak(12)).toBeLessThan((await peak(2)) + 20_000);
});

test("patience ends a run with the image of the least variance", async () => {
  const method = dip({ key: key(1), ...small, learningRate: 0.05, patience: 40 });
  const { status, iterations, message } = await reconstruct(method, { operator, data }, { maxIterations: 400 });
  expect(status, message).toBe("converged");
  expect(iterations).toBeGreaterThan(8);
  expect(iterations).toBeLessThan(400);
});

test("parameters that overflow end a run with the last finite image", async () => {
  const method = dip({ key: key(1), ...small, learningRate: 1e38 });
  const { status, message, value } = await reconstruct(method, { operator, data }, { maxIterations: 20 });
  expect(status, message).toBe("non-finite");
  expect((await read(value)).every(Number.isFinite)).toBe(true);
});

test("settings and sizes that do not fit are refused", async () => {
  expect(() => dip({ key: key(1), range: [1, 0] })).toThrow(/range must be two numbers in order/);
  expect(() => dip({ key: key(1), learningRate: 0 })).toThrow(/learningRate is out of range/);
  expect(() => dip({ key: key(1), beta2: 1 })).toThrow(
    /dip: beta2 is out of range \(got 1, expected a number in \[0, 1\)/,
  );
  expect(() => dip({ key: key(1), decay: -1 })).toThrow(/dip: decay is out of range/);
  const upwards = dip({ key: key(1), ...small, learningRate: (step) => -step });
  await expect(reconstruct(upwards, { operator, data })).rejects.toThrow(/learningRate is out of range \(got -1/);
  expect(() => dip({ key: key(1), decoder: [] })).toThrow(/decoder is empty/);
  expect(() => mcdipAdmm({ key: key(1), encoder: [] })).toThrow(/several codes need an encoder \(got 5/);
  expect(() => dip({ key: key(1), features: 4 })).toThrow(/features need an encoder/);
  expect(() => mcdipAdmm({ key: key(1), sigma: 1 })).toThrow(/sigma/);
  const few = projector(
    parallelBeam({ image: { rows: 12, columns: 16, pixel: 1 }, angles: [0], detectors: 9, spacing: 1 }),
  );
  const problem = { operator: few, data: ones(few.range) };
  await expect(reconstruct(dip({ key: key(1) }), problem)).rejects.toThrow(
    /cannot be halved often enough \(got \[12,16\]/,
  );
});
