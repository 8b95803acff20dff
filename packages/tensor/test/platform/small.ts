/** A small program that uses a bit of everything; run under restrictions by child processes. */
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import { key, normal } from "@ansatz/tensor/random";

/** Sums of what was computed, and how. */
export async function run(): Promise<{ values: number[]; kernels: number; device: string }> {
  T.configure({ precision: "strict", threads: 2 });
  const x = normal(key(1), [50, 40]);
  const f = T.compile<[Tensor, number], Tensor>((a, c) => T.softmax(T.mul(T.matmul(a, T.transpose(a)), c)));
  const image = T.reshape(
    T.slice(x, [
      [0, 32],
      [0, 32],
    ]),
    [1, 4, 16, 16],
  );
  const results = [
    f(x, 0.01),
    conv2d(image, normal(key(2), [3, 4, 3, 3])),
    T.grad((a: Tensor) => T.sum(T.sin(T.square(a))))(x),
    T.astype(T.argmax(x, { axis: 1 }), "f32"),
    T.scatterAdd(x, T.mod(T.iota([50]), 7), 7),
    // Large enough for threads, and for the memory to grow.
    T.tanh(T.broadcastTo(x, [40, 50, 40])),
    T.exp(T.zeros([3_000_000])).slice([[0, 10]]),
  ];
  const values: number[] = [];
  for (const t of results) values.push(Number(await T.sum(t).item()));
  return { values, kernels: T.memory().kernels, device: x.device };
}
