/** Every method on every device: the same bits on both CPU devices, the same to rounding on a GPU. */
import { optimizers } from "@ansatz/optim";
import { tensor, type Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";
import { testDevices } from "./support/devices.ts";

const devices = await testDevices();
const STEPS = 5;

/** Parameters after a few steps with given gradients. */
async function walk(create: (typeof optimizers)[number]["create"], device: string): Promise<number[]> {
  const method = create(0.05);
  const start = await normal(key(1), [37], { device: "cpu" }).data();
  let params = { a: tensor(start, { device }) as Tensor, b: [tensor([[1, -1]], { device }) as Tensor] };
  let state = method.init(params);
  for (let step = 0; step < STEPS; step++) {
    const g = await normal(key(2).fold(step), [39], { device: "cpu" }).data();
    const grads = {
      a: tensor(g.slice(0, 37), { device }) as Tensor,
      b: [tensor(g.slice(37), { shape: [1, 2], device }) as Tensor],
    };
    ({ params, state } = method.step(params, grads, state));
  }
  return [...(await params.a.data()), ...(await params.b[0].data())].map(Number);
}

describe.each(optimizers)("$name", ({ create }) => {
  test.each(devices)("%s", async (device) => {
    const expected = await walk(create, "js");
    const got = await walk(create, device);
    if (device !== "webgpu") expect(got).toEqual(expected);
    else
      got.forEach((v, i) => expect(Math.abs(v - expected[i])).toBeLessThanOrEqual(1e-6 * Math.abs(expected[i]) + 1e-7));
  });
});
