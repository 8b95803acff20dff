/**
 * Layer operations in a row, with every intermediate result and the gradients of the sum of squares at the end:
 * reflecting 3x3 convolution of stride 2, instance norm, ELU, bilinear upsampling, 1x1 convolution with a leaky
 * rectifier of slope 0.1, sigmoid.
 */
import { absolute, expectClose, type GoldenCase } from "@ansatz/golden";
import { conv2d, elu, instanceNorm, leakyRelu, upsampleBilinear } from "@ansatz/nn";
import { sigmoid, square, sum, tensor, valueAndGrad, type NestedArray, type Tensor } from "@ansatz/tensor";

/** Numbers in nested arrays. */
export type Nested = number | readonly Nested[];

/** Elements in C order. */
export const flat = (x: Nested): number[] => (typeof x === "number" ? [x] : x.flatMap(flat));

type Values = Readonly<Record<string, Nested>>;

interface Point {
  readonly [name: string]: Tensor;
  readonly input: Tensor;
  readonly weight1: Tensor;
  readonly bias1: Tensor;
  readonly weight2: Tensor;
}

function pointOf(values: Values): Point {
  const of = (name: string): Tensor => tensor(values[name] as NestedArray, { dtype: "f64" });
  return { input: of("input"), weight1: of("weight1"), bias1: of("bias1"), weight2: of("weight2") };
}

/** All results in order; the names are those of the file. */
function results({ input, weight1, bias1, weight2 }: Point): Record<string, Tensor> {
  const [o1, i1] = weight1.shape;
  const [o2] = weight2.shape;
  const strided = conv2d({ in: i1, out: o1, kernel: 3, stride: 2, padding: 1, paddingMode: "reflect" });
  const pointwise = conv2d({ in: o1, out: o2, kernel: 1, bias: false });
  const reflect_conv_stride2 = strided.apply({ weight: weight1, bias: bias1 }, input);
  const instance_norm = instanceNorm({ channels: o1 }).apply({}, reflect_conv_stride2);
  const activated = elu(instance_norm);
  const bilinear_up2 = upsampleBilinear(activated, 2);
  const conv1x1_leaky = leakyRelu(pointwise.apply({ weight: weight2 }, bilinear_up2), 0.1);
  const out = sigmoid(conv1x1_leaky);
  return {
    reflect_conv_stride2,
    instance_norm,
    elu: activated,
    bilinear_up2,
    conv1x1_leaky,
    sigmoid: out,
    loss: sum(square(out)),
  };
}

const INPUTS = ["input", "weight1", "bias1", "weight2"];
const GRADIENTS = new Set(INPUTS.map((name) => `grad_${name}`));

/** The part of a file under `ops`. */
export function operations(values: Values, tolerance: number): GoldenCase[] {
  return Object.keys(values)
    .filter((name) => !INPUTS.includes(name))
    .map((name) => ({
      kind: "operations",
      name,
      async run() {
        const point = pointOf(values);
        let got: Tensor | undefined;
        if (GRADIENTS.has(name)) {
          const { grad } = valueAndGrad((p: Point) => results(p)["loss"])(point);
          got = grad[name.slice("grad_".length)];
        } else {
          got = results(point)[name];
        }
        if (got === undefined) throw new Error(`unknown result ${name}`);
        expectClose(name, await got.data(), flat(values[name]), absolute(tolerance));
      },
    }));
}
