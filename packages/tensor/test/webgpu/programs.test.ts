/** Random programs on SwiftShader: integers bit for bit, floats as exactly as kernels. */
import { describe, expect, test } from "vitest";
import type { RoutineOperand } from "../../src/backend/backend.ts";
import { f32Bits } from "../../src/backend/webgpu/bits.ts";
import { grid, WORKGROUP } from "../../src/backend/webgpu/grid.ts";
import { programToWgsl, programWords } from "../../src/backend/webgpu/wgslProgram.ts";
import type { WebGPUBackend } from "../../src/backend/webgpu/webgpu.ts";
import { dtypeInfo } from "../../src/dtype.ts";
import { DTypeError } from "../../src/errors.ts";
import { optimizeProgram } from "../../src/kernel/programOptimize.ts";
import { oracle, type ProgramLaunch } from "../kernel/programHarness.ts";
import { randomProgram, type Options } from "../kernel/randomProgram.ts";
import { expectSameBits, openBackend } from "./harness.ts";
import { runSteps, type Data, type Operand } from "./launch.ts";

/** What a program leaves in its buffers. */
async function runOnGpu(backend: WebGPUBackend, launch: ProgramLaunch): Promise<Data[]> {
  const { program, sizes, buffers, params } = launch;
  const staged = optimizeProgram(program);
  const operands = buffers.map(({ size, data }, i): Operand => {
    const { dtype } = program.buffers[i];
    const array = new (dtypeInfo(dtype).array)(size) as Data;
    if (data) array.set(data);
    return { dtype, data: array };
  });
  const asOperand = ({ dtype, data }: Operand, slot: number): RoutineOperand => ({
    slot,
    offset: 0,
    strides: [1],
    shape: [data.length],
    dtype: dtype as RoutineOperand["dtype"],
  });
  const all = operands.map(asOperand);
  const inputs = all.filter((_, i) => program.buffers[i].use === "input");
  const bits = params.map((v, i): [number, number] => [program.params[i] === "f32" ? f32Bits(v) : v >>> 0, 0]);
  const units = sizes.reduce((a, b) => a * b, 1);
  const routine = {
    name: "program",
    js: () => undefined,
    gpu: () => ({
      temps: [],
      dispatches: [
        {
          key: `program ${Math.random()}`,
          wgsl: () => programToWgsl(staged),
          words: programWords(
            staged,
            sizes,
            all.map(() => 0),
            bits,
          ),
          bindings: all.map((_, i) => (i < inputs.length ? { input: i } : { output: i - inputs.length })),
          workgroups: grid(Math.ceil(units / WORKGROUP)),
        },
      ],
    }),
  };
  const step = { kind: "routine", routine, attr: null, inputs, outputs: all.slice(inputs.length) } as const;
  return runSteps(backend, [step], operands);
}

const CASES: readonly (readonly [string, Options, number, boolean])[] = [
  ["of integers", { integers: true }, 30, false],
  ["of integers, with many statements", { integers: true, statements: 40 }, 8, false],
  ["with floats", {}, 20, true],
];

describe.each(CASES)("random programs", (name, options, count, flush) => {
  test(name, async (context) => {
    const backend = await openBackend(context);
    for (let seed = 1000; seed < 1000 + count; seed++) {
      const launch = randomProgram(seed, options);
      const actual = await runOnGpu(backend, launch);
      oracle(launch).forEach((data, k) => {
        expectSameBits(actual[k], data as Data, `seed ${seed}, buffer ${k}`, { flush });
      });
    }
  });
});

test("launches of no units are no error, and write nothing", async (context) => {
  const backend = await openBackend(context);
  const launches = Array.from({ length: 200 }, (_, i) => randomProgram(i, { integers: true })).filter(({ sizes }) =>
    sizes.includes(0),
  );
  expect(launches.length).toBeGreaterThan(2);
  for (const launch of launches) {
    const inputs = launch.program.buffers.map(({ use }) => use === "input");
    const actual = await runOnGpu(backend, launch);
    actual.forEach((data, i) => expect(data.length).toBe(inputs[i] ? launch.buffers[i].size : 0));
    oracle(launch).forEach((data, k) => expectSameBits(actual[k], data as Data, `buffer ${k}`, { flush: false }));
  }
});

test("64-bit programs are refused", () => {
  const wide = Array.from({ length: 20 }, (_, i) => randomProgram(i + 1, { wide: true })).find(({ program }) =>
    program.buffers.some((b) => b.dtype === "f64"),
  );
  expect(() => programToWgsl(optimizeProgram((wide as ProgramLaunch).program))).toThrow(DTypeError);
});
