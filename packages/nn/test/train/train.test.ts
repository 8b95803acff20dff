import {
  disposeTraining,
  fit,
  loadTraining,
  saveTraining,
  train,
  type TrainOptions,
  type TrainState,
  type TrainStep,
} from "@ansatz/nn";
import { adam, emaUpdate, emaWeight, sgd } from "@ansatz/optim";
import {
  ArgumentError,
  iota,
  mean,
  memory,
  mul,
  ones,
  ShapeError,
  square,
  sub,
  sum,
  tensor,
  treeEntries,
  zeros,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";
import { message } from "../support/trees.ts";
import { net, options, type Pairs } from "./problem.ts";

async function bits(state: TrainState): Promise<unknown> {
  const { params, buffers, average, step, smoothedLoss, smoothedWeight } = state;
  const tree = { params, buffers, average: average ?? [] } as unknown as Tree;
  const all = await Promise.all(treeEntries(tree).map(async ([path, t]) => [path, await t.data()]));
  return { all, step, smoothedLoss, smoothedWeight };
}

async function collect<P extends Tree, D extends Tree>(
  given: TrainOptions<P, D>,
): Promise<Omit<TrainStep<P>, "state">[]> {
  const seen: Omit<TrainStep<P>, "state">[] = [];
  await fit({ ...given, onStep: (step) => seen.push(step) });
  return seen;
}

describe("a run", () => {
  test("learns, and says how far it is", async () => {
    const seen = await collect(options({ epochs: 120 }));
    expect(seen.length).toBe(360);
    expect(seen.map(({ step }) => step)).toEqual(Array.from({ length: 360 }, (_, i) => i + 1));
    expect(seen[0]).toMatchObject({ steps: 360, epoch: 1, learningRate: 1e-2 });
    expect(seen[2].epoch).toBe(1);
    expect(seen[3].epoch).toBe(2);
    expect(seen[359].smoothedLoss).toBeLessThan(0.25 * seen[0].smoothedLoss);
    expect(seen[359].eta).toBe(0);
    for (const { samplesPerSecond, eta, gradientNorm } of seen) {
      expect(samplesPerSecond).toBeGreaterThan(0);
      expect(eta).toBeGreaterThanOrEqual(0);
      expect(gradientNorm).toBeGreaterThan(0);
    }
  });

  test("smooths the loss with weights that add up to 1", async () => {
    const seen = await collect(options({ steps: 5, smoothing: 0.5 }));
    let [total, weight] = [0, 0];
    for (const { loss: value, smoothedLoss } of seen) {
      total = 0.5 * total + 0.5 * value;
      weight = 0.5 * weight + 0.5;
      expect(smoothedLoss).toBeCloseTo(total / weight, 12);
    }
  });

  test("equals a loop written by hand", async () => {
    // Full batches, no keys: the order within the batch changes sums by rounding only.
    const data = { x: normal(key(8), [16, 2], { dtype: "f64" }).eval() as Tensor };
    const goal = (p: { w: Tensor }, batch: { x: Tensor }): Tensor => mean(square(sub(batch.x, p.w)));
    const start = { w: tensor([1, -2], { dtype: "f64" }) as Tensor };
    const method = sgd({ learningRate: 0.1, momentum: 0.9 });
    const rate = (step: number): number => 0.1 / step;
    const ema = { decay: 0.5, warmup: false };
    const { state } = await fit({
      params: start,
      key: key(0),
      keys: 0,
      loss: goal,
      data,
      optimizer: method,
      batchSize: 16,
      steps: 6,
      learningRate: rate,
      ema,
    });
    const center = await data.x.mean({ axis: 0 }).data();
    let [w, b, a] = [
      [1, -2],
      [0, 0],
      [1, -2],
    ];
    for (let step = 1; step <= 6; step++) {
      // d/dw of the mean over 16 x 2 elements.
      const g = w.map((v, i) => v - Number(center[i]));
      b = b.map((v, i) => 0.9 * v + g[i]);
      w = w.map((v, i) => v - rate(step) * b[i]);
      a = a.map((v, i) => v + emaWeight(step, ema) * (w[i] - v));
    }
    (await state.params.w.data()).forEach((v, i) => expect(Number(v)).toBeCloseTo(w[i], 12));
    (await (state.average as typeof start).w.data()).forEach((v, i) => expect(Number(v)).toBeCloseTo(a[i], 12));
    expect(await start.w.data()).toEqual(Float64Array.of(1, -2));
  });

  test("sees every example once per epoch, in another order each time", async () => {
    const data = { index: iota([10]).astype("f32").eval() as Tensor };
    // The loss is the batch coded as a number: sum of 2^index.
    const powers = { p: zeros([1]) as Tensor };
    const seen = await collect({
      params: powers,
      key: key(5),
      keys: 0,
      loss: ({ p }, { index }) => sum(mul(index, 1)).add(mul(sum(p), 0)),
      data,
      optimizer: sgd({ learningRate: 0 }),
      batchSize: 1,
      epochs: 3,
    });
    const epochs = [1, 2, 3].map((e) => seen.filter(({ epoch }) => epoch === e).map(({ loss: value }) => value));
    for (const order of epochs) expect([...order].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(epochs[1]).not.toEqual(epochs[2]);
  });

  test("draws from new and independent keys in every step", async () => {
    const seen = await collect({
      params: { p: zeros([1]) as Tensor },
      key: key(5),
      keys: 2,
      loss: ({ p }, _, [a, b]) =>
        sum(mul(normal(a, [1]), 1))
          .add(mul(sum(normal(b, [1])), 1000))
          .add(mul(sum(p), 0)),
      data: { x: zeros([4]) as Tensor },
      optimizer: sgd({ learningRate: 0 }),
      batchSize: 4,
      steps: 20,
    });
    expect(new Set(seen.map(({ loss: value }) => value)).size).toBe(20);
  });

  test("is reproducible bit by bit, and its key matters", async () => {
    const run = async (seed: number): Promise<unknown> => {
      const { state } = await fit(options({ key: key(seed), steps: 12, ema: { decay: 0.9 } }));
      return bits(state);
    };
    expect(await run(1)).toEqual(await run(1));
    expect(await run(2)).not.toEqual(await run(1));
  });
});

describe("memory", () => {
  test("stays within three times the state over many steps", async () => {
    const size = 256;
    const params = { w: normal(key(0), [size, size]).eval() as Tensor };
    const data = { x: normal(key(1), [64, size]).eval() as Tensor };
    const before = memory();
    const state = 4 * size * size * 4; // parameters, two moments, average, f32
    let peak = 0;
    let last: TrainState<typeof params> | undefined;
    for await (const step of train({
      params,
      key: key(2),
      keys: 0,
      loss: ({ w }, { x }) => mean(square(sub(x.matmul(w), x))),
      data,
      optimizer: adam(),
      batchSize: 8,
      steps: 200,
      ema: {},
    })) {
      peak = Math.max(peak, memory().used - before.used);
      last = step.state;
    }
    expect(peak).toBeLessThanOrEqual(1.1 * state);
    expect(memory().peak - before.used).toBeLessThanOrEqual(3 * state);
    disposeTraining(last as TrainState);
    expect(memory().used).toBeLessThanOrEqual(before.used + 4096);
  });
});

describe("interruption", () => {
  test("a run resumed from a file gives the bits of one that was not interrupted", async () => {
    const shared = { epochs: 8, ema: { decay: 0.9 } };
    const whole = await fit(options(shared));
    for (const stop of [1, 3, 10]) {
      let bytes = new Uint8Array(0);
      for await (const { step, state } of train(options(shared))) {
        if (step === stop) {
          bytes = (await saveTraining(state)) as typeof bytes;
          break;
        }
      }
      const { optimizer } = options();
      const resume = loadTraining(bytes, { like: net.init(key(9)), optimizer });
      expect(resume.step).toBe(stop);
      const rest = await fit(options({ ...shared, resume }));
      expect(await bits(rest.state)).toEqual(await bits(whole.state));
      expect(rest.iterations).toBe(24);
    }
  });

  test("the state of a step is there until the next one, and stays after a break", async () => {
    let kept: TrainState | undefined;
    let old: TrainState | undefined;
    for await (const { step, state } of train(options())) {
      old = kept;
      kept = state;
      if (step === 3) break;
    }
    expect((await treeEntries((kept as TrainState).params)[0][1].data()).length).toBe(16);
    await expect(treeEntries((old as TrainState).params)[0][1].data()).rejects.toThrow("disposed or donated");
  });

  test("an abort signal ends the run between two steps", async () => {
    const control = new AbortController();
    const result = await fit({
      ...options({ signal: control.signal }),
      onStep: ({ step }) => step === 4 && control.abort(),
    });
    expect(result).toMatchObject({ status: "aborted", iterations: 4 });
    expect(result.message).toMatch(/^Training was aborted after 4 of 90 steps, smoothed loss /);
  });

  test("a run of no steps completes with a copy of its parameters", async () => {
    const params = net.init(key(0));
    const result = await fit(options({ params, steps: 0 }));
    expect(result).toMatchObject({ status: "completed", message: "Training finished after 0 steps.", iterations: 0 });
    disposeTraining(result.state);
    await treeEntries(params)[0][1].data();
  });
});

describe("values that are not finite", () => {
  const start = { w: tensor([2]) as Tensor };
  const run = (
    goal: (p: typeof start, batch: { x: Tensor }) => Tensor,
    values: number[],
  ): ReturnType<typeof fit<typeof start, { x: Tensor }>> =>
    fit({
      params: start,
      key: key(0),
      keys: 0,
      loss: goal,
      data: { x: tensor(values) as Tensor },
      optimizer: adam({ learningRate: 0.1 }),
      batchSize: 1,
      epochs: 2,
    });

  test("in the loss end the run with the last finite state", async () => {
    const result = await run(({ w }, { x }) => sum(square(sub(w, x))), [1, 2, Number.NaN, 3, 4]);
    expect(result.status).toBe("non-finite");
    expect(result.failure).toMatchObject({ argument: "loss", step: result.iterations + 1 });
    expect(result.iterations).toBeLessThan(5);
    expect(Number.isFinite(Number((await result.state.params.w.data())[0]))).toBe(true);
    const m = result.state.buffers["m"] as typeof start;
    expect(Number.isFinite(Number((await m.w.data())[0]))).toBe(true);
    expect(result.message).toContain(`the loss of step ${result.iterations + 1} is not finite`);
  });

  test("in the gradient alone do, too", async () => {
    // The square root of 0 is finite, its derivative is not.
    const result = await run(({ w }, { x }) => sum(mul(x, sub(w, w))).add(sum(sub(w, 2).abs().sqrt())), [1, 1]);
    expect(result).toMatchObject({ status: "non-finite", iterations: 0, failure: { argument: "gradient", step: 1 } });
    expect(await result.state.params.w.data()).toEqual(Float32Array.of(2));
  });

  test("appear when the rate is far too large", async () => {
    const result = await fit({
      params: { w: tensor([1]) as Tensor },
      key: key(0),
      keys: 0,
      loss: ({ w }) => sum(square(square(w))),
      data: { x: zeros([1]) as Tensor },
      optimizer: sgd({ learningRate: 1e3 }),
      batchSize: 1,
      steps: 100,
    });
    expect(result.status).toBe("non-finite");
    expect(Number.isFinite(Number((await result.state.params.w.data())[0]))).toBe(true);
  });
});

describe("wrong use", () => {
  const wrong: [string, Partial<TrainOptions<Tree, Pairs>>, string][] = [
    ["no start", { params: undefined, key: undefined }, "a run starts from params or from a saved state (got neither"],
    ["no key", { key: undefined }, "params come with a key"],
    ["loss", { loss: 3 as never }, "loss must be a function (got number)."],
    ["optimizer", { optimizer: {} as never }, "not an optimiser (got object"],
    ["keys", { keys: -1 }, "keys is out of range (got -1"],
    ["batch", { batchSize: 97 }, "batchSize is out of range (got 97, expected an integer from 1 to 96)."],
    ["length", { epochs: undefined }, "the length is given in epochs or in steps (got neither"],
    ["both lengths", { steps: 1, epochs: 1 }, "the length is given in epochs or in steps (got both"],
    ["epochs", { epochs: 1.5 }, "epochs is out of range (got 1.5"],
    ["smoothing", { smoothing: 1 }, "smoothing is out of range (got 1"],
    ["ema", { ema: { decay: 1 } }, "emaWeight: decay is out of range (got 1"],
    ["rate", { learningRate: -1 }, "adam: learningRate is out of range (got -1"],
    ["option", { device: "cpu" } as never, 'unknown option (got "device"'],
    ["no data", { data: {} as never }, "there is no data (got a tree without tensors"],
  ];
  test.each(wrong)("%s", (_name, changes, text) => {
    expect(message(() => train(options(changes)))).toContain(text);
  });

  test("examples that differ in number", () => {
    const data = { x: zeros([4, 1]) as Tensor, y: zeros([5, 1]) as Tensor };
    expect(() => train(options({ data }))).toThrow(ShapeError);
    expect(message(() => train(options({ data })))).toBe(
      "train: data must have one number of examples (got [5,1] at y, expected the first size of [4,1] at x).",
    );
  });

  test("a loss that is no number", async () => {
    await expect(fit(options({ loss: (p, { x }) => net.apply(p, x) }))).rejects.toThrow("must return one number");
  });

  test("a rate from a function that is no rate", async () => {
    const rates = options({ learningRate: (step) => (step === 2 ? Number.NaN : 0.1) });
    await expect(fit(rates)).rejects.toThrow("adam: learningRate is out of range (got NaN");
  });

  test("a state of another run", async () => {
    const { state } = await fit(options({ steps: 1 }));
    expect(message(() => train(options({ resume: state, optimizer: sgd({ learningRate: 1 }) })))).toBe(
      'train: the state belongs to another optimiser (got "adam", expected "sgd").',
    );
    expect(message(() => train(options({ resume: state, ema: {} })))).toContain(
      "the state has no average, the option ema is given",
    );
    const bytes = await saveTraining(state);
    const like = net.init(key(0));
    expect(message(() => loadTraining(bytes, { like, optimizer: sgd({ learningRate: 1 }) }))).toBe(
      'loadTraining: the file belongs to another optimiser (got "adam", expected "sgd").',
    );
    expect(message(() => loadTraining(bytes, { like: { w: ones([1]) }, optimizer: adam() }))).toContain(
      "loadTraining: the file holds other parameters (missing: params.w, buffers.m.w, buffers.v.w",
    );
  });

  test("a file that is no training state", async () => {
    const { saveParameters } = await import("@ansatz/nn");
    const bytes = await saveParameters(net.init(key(0)));
    expect(message(() => loadTraining(bytes, { like: net.init(key(0)), optimizer: adam() }))).toContain(
      'the file is no training state (got format "none"',
    );
    const broken = await saveParameters(
      { w: ones([1]) },
      { metadata: { format: "ansatz-training-1", training: "{}" } },
    );
    expect(message(() => loadTraining(broken, { like: { w: ones([1]) }, optimizer: adam() }))).toContain(
      "the file's numbers cannot be read",
    );
  });
});

test("an optimiser without buffers is saved and loaded, too", async () => {
  const optimizer = sgd({ learningRate: 0.05 });
  const whole = await fit(options({ optimizer, steps: 6 }));
  const half = await fit(options({ optimizer, steps: 3 }));
  const resume = loadTraining(await saveTraining(half.state), { like: net.init(key(0)), optimizer });
  const rest = await fit(options({ optimizer, steps: 6, resume }));
  expect(await bits(rest.state)).toEqual(await bits(whole.state));
});

test("the average follows the parameters by emaUpdate", async () => {
  const ema = { decay: 0.8 };
  let expected = net.init(key(0));
  for await (const { step, state } of train(options({ steps: 5, ema }))) {
    expected = emaUpdate(expected, state.params, emaWeight(step, ema));
    for (const [i, [path, t]] of treeEntries(expected).entries()) {
      expect(await treeEntries(state.average as Tree)[i][1].data(), path).toEqual(await t.data());
    }
  }
});

test("errors are of the documented kind", () => {
  expect(() => train(options({ batchSize: 0 }))).toThrow(ArgumentError);
  expect(() => train({} as never)).toThrow(ArgumentError);
});
