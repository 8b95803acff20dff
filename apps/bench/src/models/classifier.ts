/** The classifier of the digits, whose features the Fréchet distance compares. */
import { activation, conv2d, dense, loadParameters, sequential, type Layer } from "@ansatz/nn";
import { argmax, compile, relu, reshape, silu, slice, type Tensor, type Tree } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";

/** Length of a feature vector. */
export const FEATURES = 32;

const flat: Layer<Record<string, never>> = activation((x) => reshape(x, [x.shape[0], -1]));

/** Three convolutions and a linear map onto the features. */
const body: Layer = sequential([
  conv2d({ in: 1, out: 16, kernel: 3, padding: "same" }),
  activation(relu),
  conv2d({ in: 16, out: 32, kernel: 3, stride: 2, padding: 1 }),
  activation(relu),
  conv2d({ in: 32, out: 32, kernel: 3, stride: 2, padding: 1 }),
  activation(relu),
  flat,
  dense({ in: 7 * 7 * 32, out: FEATURES }),
]) as Layer;

const head: Layer = sequential([activation(silu), dense({ in: FEATURES, out: 10 })]) as Layer;

/** Parameters of the classifier. */
export type ClassifierParams = { readonly body: Tree; readonly head: Tree };

/** The classifier: pictures [N, 1, 28, 28] to features [N, 32] and to logits [N, 10]. */
export const classifier: {
  readonly init: (seed: ReturnType<typeof key>, options?: { readonly device?: string }) => ClassifierParams;
  readonly features: (params: ClassifierParams, x: Tensor) => Tensor;
  readonly logits: (params: ClassifierParams, x: Tensor) => Tensor;
} = {
  init(seed, options) {
    const [a, b] = seed.split(2);
    return { body: body.init(a, options), head: head.init(b, options) };
  },
  features: (params, x) => body.apply(params.body, x),
  logits: (params, x) => head.apply(params.head, body.apply(params.body, x)),
};

/** What a loaded classifier can do. */
export interface LoadedClassifier {
  /** Features of pictures, row by row. */
  features(images: Tensor): Promise<Float32Array>;
  /** The digit that each picture shows most likely. */
  labels(images: Tensor): Promise<Int32Array>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Pictures that are classified at once. */
const CHUNK = 250;

/** A classifier with given parameters. */
export function makeClassifier(
  params: ClassifierParams,
  metadata: Readonly<Record<string, string>> = {},
): LoadedClassifier {
  const features = compile((p: ClassifierParams, x: Tensor) => classifier.features(p, x));
  const labels = compile((p: ClassifierParams, x: Tensor) => argmax(classifier.logits(p, x), { axis: 1 }));
  const inChunks = async <A extends Float32Array | Int32Array>(
    images: Tensor,
    apply: (p: ClassifierParams, x: Tensor) => Tensor,
    all: A,
  ): Promise<A> => {
    const width = all.length / images.shape[0];
    for (let at = 0; at < images.shape[0]; at += CHUNK) {
      using part = slice(images, [[at, Math.min(at + CHUNK, images.shape[0])]]);
      using result = apply(params, part);
      all.set(await result.data(), at * width);
    }
    return all;
  };
  return {
    features: (images) => inChunks(images, features, new Float32Array(images.shape[0] * FEATURES)),
    labels: (images) => inChunks(images, labels, new Int32Array(images.shape[0])),
    metadata,
  };
}

/** Reads a classifier. @throws FormatError when the bytes are no file of this network */
export function loadClassifier(bytes: Uint8Array, device: string): LoadedClassifier {
  const { params, metadata } = loadParameters(bytes, classifier.init(key(0)), { device });
  return makeClassifier(params, metadata);
}
