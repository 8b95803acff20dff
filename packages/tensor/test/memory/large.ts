/** Holds 2 GiB in 16 tensors, computes with them and beyond them, and asks for too much: run by a child process. */
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { fft } from "@ansatz/tensor/fft";
import { cholesky, svdvals } from "@ansatz/tensor/linalg";
import { conv2d } from "@ansatz/tensor/nn";
import { key, normal } from "@ansatz/tensor/random";
import { cumsum, sort } from "@ansatz/tensor/sort";

const GIB = 2 ** 30;

/** One computation of every kind on [128, 128]. */
const COMPUTATIONS: readonly ((x: Tensor) => Tensor)[] = [
  (x) => T.mul(T.exp(x), 2),
  (x) => T.sum(x, { axis: 0 }),
  (x) => T.mean(T.exp(x), { axis: 1 }),
  (x) => T.matmul(x, T.transpose(x)),
  (x) => T.mul(T.transpose(x), 1.5),
  (x) => T.take(x, T.tensor([127, 3, 0], { dtype: "i32" }), 0),
  (x) => T.scatterAdd(x, T.mod(T.arange(128, undefined, 1, { dtype: "i32" }), 5), 5),
  (x) => cumsum(x, { axis: 1 }),
  (x) => sort(x, { axis: 1 }),
  (x) => T.concat([x, T.flip(x, 0)]),
  (x) => fft(T.reshape(x, [128, 64, 2])),
  (x) => conv2d(T.reshape(x, [1, 4, 64, 64]), T.reshape(T.slice(x, [0, [0, 108]]), [3, 4, 3, 3])),
  (x) => cholesky(T.add(T.matmul(x, T.transpose(x)), T.eye(128))),
  (x) => svdvals(x),
];

/** Bits of all results, in text. */
async function results(): Promise<string[]> {
  const texts: string[] = [];
  for (const compute of COMPUTATIONS) {
    const [x, y] = T.scope(() => {
      const x = normal(key(5), [128, 128]).eval();
      return [x, compute(x)];
    });
    const bytes = new Uint32Array((await y.data()).buffer);
    let hash = 0;
    for (const word of bytes) hash = (Math.imul(hash, 31) + word) >>> 0;
    texts.push(`${y.shape.join()} ${hash}`);
    x.dispose();
    y.dispose();
  }
  return texts;
}

function message(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "nothing was thrown";
}

T.configure({ memoryBudget: 4 * GIB });
const low = await results();
const n = 2 ** 25;
const held = Array.from({ length: 16 }, (_, i) => T.add(T.arange(n, undefined, 1, { dtype: "i32" }), i * 1000).eval());
const { used } = T.memory();
const ends: number[] = [];
for (const t of held) ends.push(Number(await T.slice(t, [0]).item()), Number(await T.slice(t, [n - 1]).item()));
const between = T.sub(held[15], held[0]);
const distances = [await T.min(between).item(), await T.max(between).item()];
const high = await results();
const tooMuch = message(() => T.zeros([2.5 * 2 ** 28]).eval());
T.configure({ memoryBudget: 3 * GIB });
const overBudget = message(() => T.zeros([2 ** 28]).eval());
T.configure({ memoryBudget: 4 * GIB });
for (const t of [...held, between]) t.dispose();
const beyond = message(() => T.add(T.zeros([2 ** 30 - 1]), 1).eval());
const whole = T.full([1.5 * 2 ** 28], 2).eval();
const last = await T.slice(whole, [1.5 * 2 ** 28 - 1]).item();
process.stdout.write(JSON.stringify({ used, ends, distances, low, high, tooMuch, overBudget, beyond, last }));
