import { describe, expect, test } from "vitest";
import { memory, mul, tensor, type Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import {
  cite,
  ddim,
  dpmSolverAdaptive,
  dpmSolverMultistep,
  iterate,
  levelGrid,
  planned,
  plms,
  sample,
  samplers,
  vpLevel,
  vpLinear,
  type Denoiser,
  type IterateOptions,
  type Run,
  type RunState,
  type Sampler,
  type SampleResult,
  type SampleStep,
} from "@ansatz/samplers";
import { gaussianMixture } from "@ansatz/samplers/problems";
import { BUMPS, BUMPS_START, maxDifference, read, rows } from "./support.ts";

const schedule = vpLinear();
const grid = levelGrid(schedule, { spacing: "log-snr", end: 1e-2 });
const denoiser = gaussianMixture(BUMPS);
const base = { sampler: ddim(), levels: grid.levels(6), denoiser };

describe("iterate", () => {
  test("yields every step with its level, signal, estimate and exact cost", async () => {
    const levels = grid.levels(4);
    const model = gaussianMixture({ ...BUMPS, predict: "x0" });
    const steps: number[] = [];
    let before = await read(rows(BUMPS_START));
    const run = iterate({ sampler: plms(), levels, denoiser, x: rows(BUMPS_START) });
    let last: Tensor | undefined;
    for (;;) {
      const next = await run.next();
      if (next.done === true) {
        expect(next.value.value).toBe(last);
        expect(next.value.status).toBe("completed");
        break;
      }
      const { step, level, x, denoised, evaluations, state } = next.value;
      steps.push(step);
      expect(level).toBe(levels[step]);
      expect(evaluations).toBe(step + 1);
      expect(state.step).toBe(step);
      if (step > 1) {
        const estimate = await model.call(rows(pairs(before)), levels[step - 1]);
        expect(maxDifference(await read(denoised), await read(estimate))).toBeLessThan(1e-12);
      }
      before = await read(x);
      last = x;
    }
    expect(steps).toEqual([1, 2, 3, 4]);
  });

  test("a finished loop leaves the last signal alive and frees the rest", async () => {
    const seen: SampleStep[] = [];
    for await (const step of iterate({ ...base, x: rows(BUMPS_START) })) seen.push(step);
    expect(await read(seen[5].x)).toHaveLength(8);
    for (const { x } of seen.slice(0, 5)) await expect(x.data()).rejects.toThrow("disposed");
  });

  test("leaving early leaves the yielded signal alive", async () => {
    let kept: Tensor | undefined;
    for await (const { step, x } of iterate({ ...base, x: rows(BUMPS_START) })) {
      kept = x;
      if (step === 3) break;
    }
    const { trajectory } = await sample({ ...base, x: rows(BUMPS_START), trajectory: true });
    expect(await read(kept as Tensor)).toEqual(await read((trajectory as Tensor[])[2]));
  });

  test("synchronous and asynchronous denoisers give the same bits", async () => {
    const slow: Denoiser = {
      predict: "epsilon",
      call: async (x, level) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        return denoiser.call(x, level);
      },
    };
    const a = await sample({ ...base, x: rows(BUMPS_START) });
    const b = await sample({ ...base, denoiser: slow, x: rows(BUMPS_START) });
    expect(await read(a.value)).toEqual(await read(b.value));
  });

  test("the context reaches the denoiser, and the level carries the model's time", async () => {
    const times: unknown[] = [];
    const seen: unknown[] = [];
    const model: Denoiser<{ label: number }> = {
      predict: "epsilon",
      call: (x, level, context) => {
        times.push(level.time);
        seen.push(context?.label);
        return mul(x, 0.5);
      },
    };
    await sample({
      sampler: ddim(),
      levels: grid.levels(2),
      denoiser: model,
      x: rows(BUMPS_START),
      context: { label: 7 },
    });
    expect(seen).toEqual([7, 7]);
    expect(times).toEqual(
      grid
        .levels(2)
        .slice(0, 2)
        .map(({ time }) => time),
    );
  });

  test("a model may hand back its input or an earlier output", async () => {
    const constant = rows(BUMPS_START.map((row) => row.map(() => 0.1)));
    for (const call of [(x: Tensor) => x, () => mul(constant, 1)]) {
      const { status } = await sample({ ...base, denoiser: { predict: "epsilon", call }, x: rows(BUMPS_START) });
      expect(status).toBe("completed");
    }
    const x0 = await sample({ ...base, denoiser: (x) => x, x: rows(BUMPS_START) });
    expect(x0.status).toBe("completed");
  });

  test("steps go to the callback in order, and a promise holds the run", async () => {
    const order: string[] = [];
    await sample({
      ...base,
      x: rows(BUMPS_START),
      denoiser: { predict: "epsilon", call: (x, level) => (order.push("call"), denoiser.call(x, level)) },
      onStep: async ({ step }) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        order.push(`step ${step}`);
      },
    });
    expect(order).toEqual([1, 2, 3, 4, 5, 6].flatMap((i) => ["call", `step ${i}`]));
  });
});

function pairs(values: number[]): number[][] {
  return Array.from({ length: values.length / 2 }, (_, i) => values.slice(2 * i, 2 * i + 2));
}

describe("results", () => {
  test("say what happened and cite the papers used", async () => {
    const result = await sample({ ...base, x: rows(BUMPS_START), schedule });
    expect(result.message).toBe("ddim finished after 6 steps and 6 model calls.");
    expect(result.history).toHaveLength(6);
    expect(result.history[2]).toEqual({ step: 3, level: base.levels[3], evaluations: 3 });
    expect(result.level).toBe(base.levels[6]);
    const papers = cite(result).split("\n");
    expect(papers).toHaveLength(2);
    expect(papers[0]).toBe(
      "Jiaming Song, Chenlin Meng, Stefano Ermon (2021). Denoising Diffusion Implicit Models. https://arxiv.org/abs/2010.02502",
    );
    expect(papers[1]).toContain("Score-Based Generative Modeling");
  });
});

describe("stopping", () => {
  test("an abort signal ends the run with what there is", async () => {
    const stop = new AbortController();
    const result = await sample({
      ...base,
      x: rows(BUMPS_START),
      signal: stop.signal,
      onStep: ({ step }) => {
        if (step === 2) stop.abort();
      },
    });
    expect(result.status).toBe("aborted");
    expect(result.iterations).toBe(2);
    expect(result.level).toBe(base.levels[2]);
    expect(result.message).toBe(
      `ddim was aborted after 2 steps and 2 model calls, at level (alpha = ${base.levels[2].alpha}, sigma = ${base.levels[2].sigma}, time = ${base.levels[2].time}).`,
    );
    const { trajectory } = await sample({ ...base, x: rows(BUMPS_START), trajectory: true });
    expect(await read(result.value)).toEqual(await read((trajectory as Tensor[])[1]));
  });

  test("a timer can abort a run of a synchronous model", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 30);
    const busy: Denoiser = {
      predict: "epsilon",
      call: (x) => {
        const until = performance.now() + 5;
        while (performance.now() < until);
        return mul(x, 0.5);
      },
    };
    const result = await sample({
      sampler: ddim(),
      levels: grid.levels(2000),
      denoiser: busy,
      x: rows(BUMPS_START),
      signal: stop.signal,
    });
    expect(result.status).toBe("aborted");
  });

  test("an abort before the start returns the initial signal", async () => {
    const x = rows(BUMPS_START);
    const result = await sample({ ...base, x, signal: AbortSignal.abort() });
    expect([result.status, result.iterations, result.cost.evaluations]).toEqual(["aborted", 0, 0]);
    expect(result.value).toBe(x);
  });
});

describe("values that are not finite", () => {
  const spoilAt = (bad: number, value: number): Denoiser => {
    let calls = 0;
    return {
      predict: "epsilon",
      call: (x, level) => (calls++ === bad ? mul(x, value) : denoiser.call(x, level)),
    };
  };

  for (const value of [NaN, Infinity]) {
    test(`${value} from the model ends the run with the last finite signal`, async () => {
      const result = await sample({ ...base, x: rows(BUMPS_START), denoiser: spoilAt(3, value) });
      expect(result.status).toBe("non-finite");
      expect(result.failure).toEqual({ step: 3, argument: "model output", level: base.levels[3] });
      expect(result.iterations).toBe(3);
      expect(result.level).toBe(base.levels[3]);
      expect(result.message).toContain(
        "ddim stopped after 3 steps and 3 model calls: the model output of step 3 is not finite at level",
      );
      const { trajectory } = await sample({ ...base, x: rows(BUMPS_START), trajectory: true });
      expect(await read(result.value)).toEqual(await read((trajectory as Tensor[])[2]));
    });
  }

  test("in the first step the initial signal comes back untouched", async () => {
    const x = rows(BUMPS_START);
    const result = await sample({ ...base, x, denoiser: spoilAt(0, NaN), trajectory: true });
    expect(result.value).toBe(x);
    expect(result.trajectory).toEqual([]);
    expect(await read(x)).toEqual(BUMPS_START.flat());
  });

  test("an update that overflows is told from a bad model", async () => {
    let calls = 0;
    const huge: Denoiser = { predict: "epsilon", call: () => tensor([calls++ === 1 ? 3e38 : 0]) };
    const levels = [vpLevel(-6), vpLevel(-5), vpLevel(-4), vpLevel(-3)];
    const result = await sample({ sampler: ddim(), levels, denoiser: huge, x: tensor([3]) });
    expect(result.status).toBe("non-finite");
    expect(result.failure).toEqual({ step: 1, argument: "signal", level: levels[2] });
    expect(result.iterations).toBe(1);
    expect(Number.isFinite((await read(result.value))[0])).toBe(true);
  });

  test("an adaptive run ends too", async () => {
    const sampler = dpmSolverAdaptive();
    const result = await sample({
      sampler,
      schedule,
      levels: grid.levels(1),
      denoiser: spoilAt(4, NaN),
      x: rows(BUMPS_START),
    });
    expect(result.status).toBe("non-finite");
    const unchecked = await sample({
      sampler,
      schedule,
      levels: grid.levels(1),
      denoiser: spoilAt(4, NaN),
      x: rows(BUMPS_START),
      checkFinite: false,
    });
    expect(unchecked.status).toBe("non-finite");
    expect(unchecked.failure?.argument).toBe("signal");
  });

  test("without the check they pass through", async () => {
    const result = await sample({ ...base, x: rows(BUMPS_START), denoiser: spoilAt(3, NaN), checkFinite: false });
    expect(result.status).toBe("completed");
    expect((await read(result.value)).every(Number.isNaN)).toBe(true);
  });

  test("in the initial signal they are an error", async () => {
    await expect(sample({ ...base, x: rows([[1, NaN]]) })).rejects.toThrow(
      "sample: the initial signal contains values that are not finite (got NaN or an infinity).",
    );
  });
});

describe("state", () => {
  const cases: readonly (readonly [string, Sampler, number])[] = [
    ...samplers
      .filter(({ prepare }) => prepare !== undefined)
      .map(({ name, create }): [string, Sampler, number] => [name, create(), 12]),
    ["adaptive", dpmSolverAdaptive({ rtol: 0.01, atol: 0.001 }), 1],
    ["adaptive with reuse", dpmSolverAdaptive({ rtol: 0.01, atol: 0.001, order: 2, reuse: true }), 1],
  ];
  for (const [name, sampler, steps] of cases) {
    test(`${name}: a saved run goes on with the same bits from any call`, async () => {
      const levels = grid.levels(steps);
      const options = { schedule, key: key(5) };
      const call = async (run: Run): Promise<void> => {
        const { x, level, predict } = run.needs();
        await run.give(await gaussianMixture({ ...BUMPS, predict }).call(x, level));
      };
      const whole = sampler.begin(levels, rows(BUMPS_START), options);
      while (!whole.done) await call(whole);
      const expected = await read(whole.x);
      for (const stop of [0, 1, 2, 3, 5, 8, 11]) {
        const first = sampler.begin(levels, rows(BUMPS_START), options);
        for (let i = 0; i < stop; i++) await call(first);
        const saved = await copy(first.state());
        first.dispose();
        const second = sampler.resume(levels, saved, options);
        expect(second.evaluations).toBe(stop);
        while (!second.done) await call(second);
        expect(await read(second.x)).toEqual(expected);
        expect(second.evaluations).toBe(whole.evaluations);
        expect(second.step).toBe(whole.step);
        second.dispose();
      }
    });
  }

  test("an interrupted loop is resumed from a yielded state", async () => {
    const expected = await read((await sample({ ...base, x: rows(BUMPS_START) })).value);
    let saved: RunState | undefined;
    for await (const { step, state } of iterate({ ...base, x: rows(BUMPS_START) })) {
      if (step === 3) {
        saved = await copy(state);
        break;
      }
    }
    const result = await sample({ ...base, resume: saved });
    expect(await read(result.value)).toEqual(expected);
    expect(result.iterations).toBe(6);
    expect(result.cost.evaluations).toBe(6);
  });

  test("an aborted continuation remembers the steps before", async () => {
    const first = ddim().begin(base.levels, rows(BUMPS_START));
    for (let i = 0; i < 4; i++) {
      const { x, level } = first.needs();
      await first.give(await denoiser.call(x, level));
    }
    const saved = await copy(first.state());
    first.dispose();
    const result = await sample({ ...base, resume: saved, signal: AbortSignal.abort() });
    expect([result.status, result.iterations, result.cost.evaluations]).toEqual(["aborted", 4, 4]);
    expect(result.level).toBe(base.levels[4]);
  });

  test("a state of another sampler, or an incomplete one, is refused", async () => {
    const run = plms().begin(base.levels, rows(BUMPS_START));
    const state = run.state();
    expect(() => ddim().resume(base.levels, state)).toThrow(
      'ddim: the state does not belong to this run (got sampler "plms" at instruction 0',
    );
    expect(() => plms().resume(base.levels, { ...state, tensors: {} })).toThrow(
      "plms: the state lacks a tensor (got none for value 0). Save and load all of it.",
    );
    expect(() => dpmSolverAdaptive().resume(grid.levels(1), state, { schedule })).toThrow(
      'dpm-solver++-adaptive-23: the state does not belong to this run (got sampler "plms"',
    );
  });
});

/** A state through plain numbers and back. */
async function copy(state: RunState): Promise<RunState> {
  const plain: Record<string, { shape: readonly number[]; data: number[] }> = {};
  for (const [name, x] of Object.entries(state.tensors)) plain[name] = { shape: x.shape, data: await read(x) };
  const { tensors, ...rest } = JSON.parse(JSON.stringify({ ...state, tensors: plain }));
  const restored = Object.fromEntries(
    Object.entries(tensors as typeof plain).map(([name, { shape, data }]) => [
      name,
      tensor(Float64Array.from(data), { shape: [...shape] }),
    ]),
  );
  return { ...rest, tensors: restored };
}

describe("memory", () => {
  test("1000 steps hold no more than a few signals, and nothing stays behind", async () => {
    for (const sampler of [ddim(), ddim({ eta: 1 }), plms(), dpmSolverMultistep({ order: 3 })]) {
      const x = normal(key(1), [64, 256]);
      x.eval();
      const signal = x.size * 4;
      const options = {
        sampler,
        denoiser: { predict: "epsilon", call: (z: Tensor) => mul(z, 0.1) } as const,
        x,
        key: sampler.name.includes("eta") ? key(2) : undefined,
      };
      // Compiled plans stay; a short run makes them.
      (await sample({ ...options, levels: grid.levels(8) })).value.dispose();
      const before = memory().used;
      let top = 0;
      const result: SampleResult = await sample({
        ...options,
        levels: grid.levels(1000),
        onStep: () => {
          top = Math.max(top, memory().used - before);
        },
      });
      expect(result.status).toBe("completed");
      // New signal, previous signal, at most four predictions, one converted output.
      expect(top).toBeLessThanOrEqual(8 * signal);
      result.value.dispose();
      expect(memory().used - before).toBeLessThanOrEqual(0);
      x.dispose();
    }
  });

  test("failed, aborted and abandoned runs free what they hold", async () => {
    const x = rows(BUMPS_START);
    x.eval();
    (await sample({ ...base, x })).value.dispose();
    const before = memory().used;
    let calls = 0;
    const failing: Denoiser = {
      predict: "epsilon",
      call: (z, level) => {
        if (calls++ === 3) throw new Error("no network");
        return denoiser.call(z, level);
      },
    };
    for (const sampler of [plms(), dpmSolverMultistep({ order: 3 })]) {
      calls = 0;
      await expect(sample({ sampler, levels: base.levels, denoiser: failing, x })).rejects.toThrow("no network");
      expect(memory().used).toBe(before);
      const run = iterate({ sampler, levels: base.levels, denoiser, x });
      await run.next();
      const { value } = await run.next();
      await run.return({} as SampleResult);
      (value as SampleStep).x.dispose();
      expect(memory().used).toBe(before);
    }
    const adaptive = await sample({ sampler: dpmSolverAdaptive(), schedule, levels: grid.levels(1), denoiser, x });
    adaptive.value.dispose();
    expect(memory().used).toBe(before);
  });
});

describe("driver errors", () => {
  const x = rows(BUMPS_START);
  const cases: readonly (readonly [Partial<IterateOptions>, string])[] = [
    [{ sampler: "ddim" as never }, "iterate: not a sampler (got string, expected one such as ddim())."],
    [{ denoiser: 5 as never }, "iterate: not a denoiser (got number"],
    [{ denoiser: { predict: "noise" as never, call: (z: Tensor) => z } }, 'iterate: unknown prediction (got "noise"'],
    [{ x: undefined }, "iterate: a run starts from x or from a saved state (got neither, expected one)."],
    [{ x: 5 as never }, "ddim: the signal must be a tensor (got number, expected an f32 or f64 tensor)."],
    [
      { x: tensor([1, 2], { dtype: "i32" }) },
      "ddim: the signal must be floating point (got i32, expected f32 or f64).",
    ],
    [{ levels: [] }, "ddim: too few levels (got 0, expected at least 2)."],
    [{ steps: 5 } as never, 'iterate: unknown option (got "steps", expected one of sampler, denoiser, levels'],
    [
      { sampler: ddim({ eta: 1 }) },
      "ddim(eta=1): this sampler adds noise (got neither key nor noise, expected one of them). Pass `key: key(seed)`.",
    ],
    [
      { sampler: ddim({ eta: 1 }), key: 7 as never },
      "ddim(eta=1): not a key (got 7, expected key(seed) of @ansatz/tensor/random).",
    ],
    [
      { sampler: ddim({ eta: 1 }), key: key(1), noise: () => x },
      "ddim(eta=1): two sources of randomness (got a key and a noise function, expected one).",
    ],
    [
      { sampler: dpmSolverAdaptive() },
      "dpm-solver++-adaptive-23: adaptive steps choose their own levels (got 7 levels, expected 2",
    ],
    [
      { denoiser, levels: [{ alpha: 0, sigma: 1 }, vpLevel(0)] },
      "conversion: x0 cannot be computed from epsilon at this level",
    ],
  ];
  for (const [wrong, message] of cases) {
    test(message, () => {
      expect(() => iterate({ ...base, x, ...wrong })).toThrow(message);
    });
  }

  test("options of a run that do not exist", () => {
    const wrong = { seed: 1 } as never;
    expect(() => ddim().begin(base.levels, x, wrong)).toThrow(
      'ddim: unknown option (got "seed", expected one of schedule, key, noise, inputs).',
    );
    expect(() => dpmSolverAdaptive().begin(grid.levels(1), x, wrong)).toThrow('unknown option (got "seed"');
  });

  test("a step without a model call reports the signal as its estimate", async () => {
    const sampler = planned({
      name: "free",
      order: 1,
      citations: [],
      write: (builder, levels) => {
        const first = builder.combine([[0.5, builder.start]]);
        builder.finish(first, levels[1]);
        builder.finish(builder.evaluate(first, levels[1], "x0"), levels[2]);
      },
    });
    const seen: boolean[] = [];
    await sample({
      sampler,
      levels: grid.levels(2),
      denoiser: (z: Tensor) => mul(z, 2),
      x,
      onStep: async ({ x: now, denoised }) => {
        seen.push(maxDifference(await read(now), await read(denoised)) < 1e-15);
      },
    });
    expect(seen).toEqual([true]);
  });

  test("what a model may not return", async () => {
    const outputs: readonly (readonly [unknown, string])[] = [
      [undefined, "ddim: the denoiser must return a tensor (got undefined, expected a tensor of shape [4, 2])."],
      [
        rows([[1, 2]]),
        "ddim: the denoiser's output does not have the shape of its input (got [1, 2], expected [4, 2]).",
      ],
      [
        rows(BUMPS_START, "f32"),
        "ddim: the denoiser's output does not have the dtype of its input (got f32, expected f64). Start the run with a tensor of the model's dtype.",
      ],
    ];
    for (const [output, message] of outputs) {
      const model = { predict: "epsilon", call: () => output } as never;
      await expect(sample({ ...base, denoiser: model, x })).rejects.toThrow(message);
    }
  });

  test("what a noise source may not return", async () => {
    const noise = (): Tensor => rows([[1, 2]]);
    await expect(sample({ ...base, sampler: ddim({ eta: 1 }), x, noise })).rejects.toThrow(
      "ddim(eta=1): noise: the denoiser's output does not have the shape",
    );
  });

  test("calls out of turn", () => {
    const run = ddim().begin(grid.levels(1), x);
    void run.give(mul(x, 0.5));
    expect(run.done).toBe(true);
    expect(() => run.needs()).toThrow(
      "ddim: the run is complete (got another call, expected none). Check `done` first.",
    );
    expect(() => run.give(x)).toThrow("ddim: the run is complete");
    run.dispose();
    expect(() => run.needs()).toThrow("ddim: the run was released (got another call, expected none).");
  });
});
