/** The small network of the race and what is measured on it. */
import { activation, conv2d, dense, sequential, type Layer } from "@ansatz/nn";
import type { AsyncOptimizer, Buffers, Optimizer } from "@ansatz/optim";
import {
  argmax,
  compile,
  disposeTree,
  equal,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  relu,
  reshape,
  sum,
  take,
  tensor,
  valueAndGrad,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";
import { randint, type Key } from "@ansatz/tensor/random";
import { DIGIT_SIZE, type DigitSet } from "../../data/digits.ts";

/** Two convolutions and a linear map: 9 098 parameters. */
export const network: Layer = sequential([
  conv2d({ in: 1, out: 8, kernel: 3, stride: 2, padding: 1 }),
  activation(relu),
  conv2d({ in: 8, out: 16, kernel: 3, stride: 2, padding: 1 }),
  activation(relu),
  activation((x) => reshape(x, [x.shape[0], -1])),
  dense({ in: 7 * 7 * 16, out: 10 }),
]) as Layer;

/** Pictures with labels on a device. */
export interface Examples {
  readonly images: Tensor;
  readonly labels: Tensor;
  readonly count: number;
}

/** Those digits of a set for which `keep` says so. */
export function examples(set: DigitSet, device: string, keep: (i: number) => boolean): Examples {
  const kept = Array.from({ length: set.count }, (_, i) => i).filter(keep);
  const size = DIGIT_SIZE * DIGIT_SIZE;
  const images = new Float32Array(kept.length * size);
  kept.forEach((i, at) => images.set(set.images.subarray(i * size, (i + 1) * size), at * size));
  return {
    images: tensor(images, { shape: [kept.length, 1, DIGIT_SIZE, DIGIT_SIZE], device }) as Tensor,
    labels: tensor(
      Int32Array.from(kept, (i) => set.labels[i]),
      { device },
    ) as Tensor,
    count: kept.length,
  };
}

/** Mean cross-entropy. */
function loss(params: Tree, images: Tensor, labels: Tensor): Tensor {
  const logProbabilities = logSoftmax(network.apply(params, images), 1);
  return neg(mean(sum(mul(logProbabilities, oneHot(labels, 10)), { axis: 1 })));
}

const evaluation = compile((params: Tree, images: Tensor, labels: Tensor) => ({
  loss: loss(params, images, labels),
  right: mean(equal(argmax(network.apply(params, images), { axis: 1 }), labels).astype("f32")),
}));

/** Loss and share of right answers. */
export async function evaluate(
  params: Tree,
  { images, labels }: Examples,
): Promise<{ loss: number; accuracy: number }> {
  const found = evaluation(params, images, labels);
  const result = { loss: Number(await found.loss.item()), accuracy: Number(await found.right.item()) };
  disposeTree(found);
  return result;
}

/** Training that can be continued. */
export interface Runner {
  /** Takes `steps` more steps and returns the seconds that took. */
  advance(steps: number): Promise<number>;
  readonly params: () => Tree;
  release(): void;
}

const gradientOf = valueAndGrad((params: Tree, images: Tensor, labels: Tensor) => loss(params, images, labels));
const batchOf = ({ images, labels }: Examples, indices: Tensor): [Tensor, Tensor] => [
  take(images, indices),
  take(labels, indices),
];

const gradientOfBatch = compile(
  (params: Tree, images: Tensor, labels: Tensor, indices: Tensor) =>
    gradientOf(params, take(images, indices), take(labels, indices)).grad,
);

/** The gradient of the loss on some of the examples. */
export function gradientOn(params: Tree, { images, labels }: Examples, indices: Tensor): Tree {
  return gradientOfBatch(params, images, labels, indices);
}

/** A run of a method: batches are drawn with replacement from a key, the same for every method. */
export function runner(method: Optimizer | AsyncOptimizer, data: Examples, key: Key, batchSize: number): Runner {
  const [forInit, forBatches] = key.split(2);
  const { device } = data.images;
  const asynchronous = !("update" in method);
  let params = network.init(forInit, { device });
  let state = method.init(params);
  let step = 0;
  const gradient = compile((p: Tree, images: Tensor, labels: Tensor, indices: Tensor) => {
    const { value, grad } = gradientOf(p, ...batchOf({ images, labels, count: data.count }, indices));
    return { value, grad };
  });
  const whole = asynchronous
    ? undefined
    : compile<[Tree, Buffers, Tensor, Tensor, Tensor, ...number[]], { params: Tree; buffers: Buffers }>(
        (p, buffers, images, labels, indices, ...numbers) => {
          const { grad } = gradientOf(p, ...batchOf({ images, labels, count: data.count }, indices));
          return method.update(p, grad, buffers, numbers);
        },
        { donate: [0, 1] },
      );
  const one = async (): Promise<void> => {
    const indices = randint(forBatches.fold(step), [batchSize], 0, data.count, { device }) as Tensor;
    step++;
    if (whole !== undefined && "update" in method) {
      const next = whole(params, state.buffers, data.images, data.labels, indices, ...method.numbers(step));
      params = next.params;
      state = { step, buffers: next.buffers };
    } else {
      const { value, grad } = gradient(params, data.images, data.labels, indices);
      const next = await (method as AsyncOptimizer).step(params, grad, state);
      disposeTree([value, grad, params, state.buffers] as never);
      ({ params, state } = next);
    }
    indices.dispose();
  };
  return {
    async advance(steps) {
      const start = performance.now();
      for (let i = 0; i < steps; i++) await one();
      const [first] = Object.values((params as readonly Tree[])[0] as Readonly<Record<string, Tensor>>);
      await first.data();
      return (performance.now() - start) / 1000;
    },
    params: () => params,
    release: () => disposeTree([params, state.buffers] as never),
  };
}
