/** Every layer, with its gradient, and training on every device, against doubles on the CPU. */
import { fit, layers } from "@ansatz/nn";
import { adam } from "@ansatz/optim";
import {
  mean,
  square,
  sub,
  sum,
  treeFlatten,
  treeMap,
  treeUnflatten,
  valueAndGrad,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";
import { testDevices } from "./support/devices.ts";
import { noiseLike } from "./support/trees.ts";
import { net, sine } from "./train/problem.ts";

const devices = await testDevices();

/** A tree on a device as f32. */
async function moved<T extends Tree>(tree: T, device: string): Promise<T> {
  const { leaves, spec } = treeFlatten(tree);
  const copies = await Promise.all(leaves.map((t) => t.astype("f32").to(device)));
  return treeUnflatten(spec, copies as Tensor[]) as T;
}

async function numbers(tensors: readonly Tensor[]): Promise<number[][]> {
  return Promise.all(tensors.map(async (t) => Array.from((await t.data()) as Float32Array)));
}

describe.each(layers)("$name", ({ example }) => {
  test.each(devices)("%s", async (device) => {
    const { init, apply, inputs } = example();
    const params = treeMap((t) => t.astype("f32").astype("f64") as Tensor, noiseLike(init(key(1)), key(2)));
    const xs = inputs.map((shape, i) => normal(key(5).fold(i), shape).astype("f64") as Tensor);
    const all = { params, xs } as unknown as Tree;
    const results = async (point: Tree): Promise<number[][]> => {
      const value = (p: Tree): Tensor => {
        const { params: ps, xs: given } = p as unknown as { params: Tree; xs: Tensor[] };
        return apply(ps, ...given);
      };
      const { value: loss, grad } = valueAndGrad((p: Tree) => sum(square(value(p))))(point);
      return numbers([loss, value(point), ...treeFlatten(grad).leaves]);
    };
    const want = await results(all);
    const got = await results(await moved(all, device));
    want.forEach((list, k) => {
      const scale = list.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
      list.forEach((v, i) => expect(Math.abs(got[k][i] - v), `result ${k}, element ${i}`).toBeLessThan(1e-4 * scale));
    });
  });
});

test.each(devices)("training on %s", async (device) => {
  const run = async (where: string): Promise<number[]> => {
    const losses: number[] = [];
    await fit({
      params: await moved(net.init(key(0)), where),
      key: key(1),
      keys: 0,
      loss: (params: Tree, { x, y }: { x: Tensor; y: Tensor }) => mean(square(sub(net.apply(params, x), y))),
      data: await moved(sine(96), where),
      optimizer: adam({ learningRate: 1e-2 }),
      batchSize: 32,
      epochs: 10,
      ema: {},
      onStep: (step) => losses.push(step.loss),
    });
    return losses;
  };
  const [want, got] = [await run("cpu"), await run(device)];
  expect(got.length).toBe(30);
  got.forEach((v, i) => expect(Math.abs(v - want[i])).toBeLessThan(1e-4 * Math.abs(want[i])));
});
