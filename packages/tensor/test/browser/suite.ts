/** A part of the conformance suite that runs anywhere and returns what it computed, for comparison between engines. */
import * as T from "@ansatz/tensor";
import type { RealDType, Tensor } from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import { bits, key, normal, randint, uniform } from "@ansatz/tensor/random";
import { ELEMENTWISE } from "@ansatz/tensor/testing";
import { webgpu } from "@ansatz/tensor/webgpu";
import { randomProgram } from "../support/programs.ts";
import { seeded } from "../support/random.ts";

/** Where and how a suite runs. */
export interface Setting {
  readonly device: "cpu" | "js" | "webgpu";
  readonly threads: number;
}

/** Values by name of the case; what is computed in f64 or of integers says so by its type. */
export type Results = Record<string, Float64Array>;

const COUNT = 37;

function operand(dtype: RealDType, [low, high]: readonly [number, number], seed: number): Tensor {
  const r = seeded(seed);
  const data = Array.from({ length: COUNT }, () => {
    const v = low + (high - low) * r.next();
    if (dtype === "bool") return v > (low + high) / 2;
    if (dtype === "f32" || dtype === "f64") return v;
    return dtype === "u32" ? Math.abs(Math.round(v)) : Math.round(v);
  });
  return T.tensor(data as number[], { dtype });
}

function elementwise(dtypes: readonly RealDType[]): Record<string, Tensor> {
  const out: Record<string, Tensor> = {};
  for (const { op, apply, domain } of ELEMENTWISE) {
    for (const dtype of dtypes) {
      let y: Tensor;
      try {
        y = apply(...domain.map((d, i) => operand(dtype, d, i + 1)));
      } catch (error) {
        if (error instanceof T.DTypeError) continue;
        throw error;
      }
      out[`${op.name} of ${dtype}`] = y;
    }
  }
  return out;
}

function routines(): Record<string, Tensor> {
  const x = normal(key(1), [2, 4, 9, 8]);
  const w = normal(key(2), [6, 2, 3, 3]);
  const conv = (a: Tensor, b: Tensor): Tensor => conv2d(a, b, { stride: [1, 2], padding: 1, groups: 2 });
  return {
    matmul: T.matmul(normal(key(3), [65, 40]), normal(key(4), [40, 33])),
    "matmul of batches": T.matmul(normal(key(5), [3, 1, 5, 7]), normal(key(6), [2, 7, 4])),
    conv2d: conv(x, w),
    "conv2d, input gradient": T.grad((a: Tensor) => T.sum(T.square(conv(a, w))))(x),
    "conv2d, weight gradient": T.grad((b: Tensor) => T.sum(T.square(conv(x, b))))(w),
    softmax: T.softmax(normal(key(7), [20, 33])),
    "sum in blocks": T.sum(T.exp(normal(key(8), [20_000])), { axis: 0 }),
    scatterAdd: T.scatterAdd(normal(key(9), [300, 3]), T.mod(T.iota([300]), 11), 11),
  };
}

/** Heavy enough to be divided between threads. */
function heavy(): Record<string, Tensor> {
  return {
    "large map": T.sum(T.reshape(T.tanh(normal(key(10), [400_000])), [400, 1000]), { axis: 0 }),
    "large sum": T.sum(T.exp(normal(key(11), [900, 700])), { axis: 1 }),
    "large matmul": T.slice(T.matmul(normal(key(12), [300, 200]), normal(key(13), [200, 301])), [[290, 300]]),
  };
}

function draws(): Record<string, Tensor> {
  return {
    bits: bits(key(20), [1000]),
    uniform: uniform(key(21), [1000]),
    normal: normal(key(22), [1000]),
    randint: randint(key(23), [1000], -5, 17),
  };
}

/** Runs everything. */
export async function run({ device, threads }: Setting): Promise<Results> {
  if (device === "webgpu") T.registerBackend(await webgpu());
  T.configure({ precision: "strict", threads });
  const floats: readonly RealDType[] = device === "webgpu" ? ["f32"] : ["f32", "f64"];
  const results: Results = {};
  const read = async (made: Record<string, Tensor>): Promise<void> => {
    for (const [name, t] of Object.entries(made)) results[name] = Float64Array.from(await t.data());
  };
  await read(T.withDevice(device, () => elementwise([...floats, "i32", "u32", "bool"])));
  await read(T.withDevice(device, routines));
  await read(T.withDevice(device, draws));
  for (let seed = 0; seed < 12; seed++) {
    const made = T.withDevice(device, () => randomProgram(seeded(seed), 12, floats[seed % floats.length], device));
    await read(Object.fromEntries(made.map(({ t }, i) => [`program ${seed}, value ${i}`, t])));
  }
  if (device === "cpu") {
    // Workers need a moment to come up; the later rounds use them.
    for (let round = 0; round < (threads > 1 ? 5 : 1); round++) {
      await read(heavy());
      if (threads > 1) await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return results;
}
