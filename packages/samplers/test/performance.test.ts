/** What a step costs at latent size, counted in kernels and bytes. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backendOf, memory, mul, registerBackend, type Backend, type Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import {
  continuousLevels,
  ddim,
  dpmSolverMultistep,
  dpmSolverSde,
  ghvb,
  plms,
  samplers,
  uniPc,
  vpLinear,
  type PlannedSampler,
} from "@ansatz/samplers";

/** Launches since the last look, as texts like `kernel 16,4,64,64`. */
let launches: string[] = [];

/** The CPU backend, counting what it runs. */
function counting(inner: Backend): Backend {
  const compile: Backend["compile"] = (plan) => {
    const executable = inner.compile(plan);
    const names = plan.steps.map((step) => step.kind);
    return {
      ...executable,
      run: (...args) => {
        launches.push(...names);
        executable.run(...args);
      },
      release: () => executable.release(),
    };
  };
  return Object.assign(Object.create(inner) as Backend, { compile });
}

const plain = backendOf("cpu");
beforeAll(() => registerBackend(counting(plain)));
afterAll(() => registerBackend(plain));

const schedule = vpLinear();
const SHAPE = [16, 4, 64, 64];

/** Kernels in every step beyond the one of the model. */
async function kernelsPerStep(sampler: PlannedSampler, steps: number): Promise<number[]> {
  const x = normal(key(1), SHAPE).eval();
  const run = sampler.begin(continuousLevels(schedule, { steps }), x, { schedule, key: key(2) });
  const counts: number[] = [];
  while (!run.done) {
    const { x: at } = run.needs();
    const output = mul(at, 0.5).eval();
    const before = run.step;
    launches = [];
    await run.give(output);
    if (run.step > before) counts.push(launches.length);
    else counts.push(-launches.length);
  }
  run.dispose();
  x.dispose();
  return counts;
}

describe("a step on [16, 4, 64, 64]", () => {
  for (const sampler of [
    ddim(),
    plms(),
    dpmSolverMultistep({ order: 3 }),
    dpmSolverMultistep({ prediction: "epsilon" }),
  ]) {
    test(`${sampler.name} is one kernel`, async () => {
      const counts = await kernelsPerStep(sampler, 6);
      expect(counts.every((count) => Math.abs(count) === 1)).toBe(true);
    });
  }

  test("momentum and correctors take one more: a second signal is kept", async () => {
    for (const sampler of [ghvb(), uniPc({ order: 3 })]) {
      const counts = await kernelsPerStep(sampler, 6);
      expect(Math.max(...counts)).toBe(2);
    }
  });

  test("fresh noise takes at most one more", async () => {
    const counts = await kernelsPerStep(dpmSolverSde(), 6);
    expect(Math.max(...counts)).toBeLessThanOrEqual(2);
  });
});

describe("a long run", () => {
  test("holds a few signals and compiles nothing new, over 1000 steps", async () => {
    const levels = continuousLevels(schedule, { steps: 1000 });
    const x = normal(key(1), [16, 4, 16, 16]).eval();
    const signal = x.size * 4;
    for (const sampler of [ddim(), plms(), dpmSolverMultistep({ order: 3 }), uniPc({ order: 3 }), ghvb()]) {
      const run = sampler.begin(levels, x);
      const start = memory();
      let settled: ReturnType<typeof memory> | undefined;
      let top = 0;
      while (!run.done) {
        await run.give(mul(run.needs().x, 0.5));
        const now = memory();
        top = Math.max(top, now.used);
        if (run.step === 20) settled ??= now;
        if (settled !== undefined && run.step < 990) {
          expect(now.used).toBeLessThanOrEqual(settled.used);
          expect(now.kernels).toBe(settled.kernels);
          expect(now.plans).toBe(settled.plans);
          expect(now.pooled + now.used).toBeLessThanOrEqual(settled.pooled + settled.used);
        }
      }
      expect(top - start.used).toBeLessThanOrEqual(8 * signal);
      run.dispose();
    }
    x.dispose();
  });

  test("leaves nothing behind, whatever the sampler", async () => {
    const levels = continuousLevels(schedule, { steps: 12 });
    const x = normal(key(1), [2, 3]).eval();
    for (const { name, create, prepare } of samplers) {
      if (prepare === undefined || /-\ds$/.test(name)) continue;
      const once = async (): Promise<void> => {
        const run = create().begin(levels, x, { schedule, key: key(2) });
        while (!run.done) await run.give(mul(run.needs().x, 0.5));
        const result: Tensor = run.release();
        result.dispose();
      };
      await once();
      const before = memory().used;
      await once();
      expect(memory().used, name).toBe(before);
    }
  });
});
