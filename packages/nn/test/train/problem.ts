/** A small regression problem that several tests train on. */
import { activation, dense, sequential, type Layer, type TrainOptions } from "@ansatz/nn";
import { adam } from "@ansatz/optim";
import { add, mean, mul, silu, sin, square, sub, type Tensor, type Tree } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";

export type Pairs = { readonly x: Tensor; readonly y: Tensor };

/** One input, one output. */
export const net: Layer = sequential([dense({ in: 1, out: 16 }), activation(silu), dense({ in: 16, out: 1 })]);

/** y = sin 2x at random places. */
export function sine(examples: number): Pairs {
  const x = normal(key(3), [examples, 1]).eval() as Tensor;
  return { x, y: sin(mul(x, 2)).eval() };
}

/** Mean squared error with a little noise on the inputs, so that keys matter. */
export function loss(params: Tree, { x, y }: Pairs, [k]: readonly Tensor<"u32">[]): Tensor {
  const moved = add(x, mul(normal(k, x.shape), 0.01));
  return mean(square(sub(net.apply(params, moved), y)));
}

/** Options of a run that learns. */
export function options(changes: Partial<TrainOptions<Tree, Pairs>> = {}): TrainOptions<Tree, Pairs> {
  return {
    ...(changes.resume === undefined ? { params: net.init(key(0)), key: key(1) } : {}),
    loss,
    data: sine(96),
    optimizer: adam({ learningRate: 1e-2 }),
    batchSize: 32,
    ...(changes.steps === undefined ? { epochs: 30 } : {}),
    ...changes,
  };
}
