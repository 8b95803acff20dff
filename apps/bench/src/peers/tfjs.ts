/** TensorFlow.js with its WebAssembly backend. */
import { inProcess } from "../measure/interleave.ts";
import { versionOf } from "../measure/environment.ts";
import { ADAM, ramp, type Peer, type Prepared, type Work } from "./work.ts";

const NAME = "tfjs-wasm";

/** Starts the backend on one thread. */
export async function openTfjs(): Promise<Peer> {
  const tf = await import("@tensorflow/tfjs-core");
  await import("@tensorflow/tfjs-backend-wasm");
  await tf.setBackend("wasm");
  await tf.ready();
  type T = ReturnType<typeof tf.tensor>;

  const expression = (compute: () => T, inputs: readonly T[]): Prepared => ({
    ...inProcess(NAME, () => tf.tidy(compute).dispose()),
    async result() {
      const y = tf.tidy(compute);
      const values = await y.data();
      y.dispose();
      return values;
    },
    release: () => inputs.forEach((x) => x.dispose()),
  });
  const vector = (size: number): T => tf.tensor(ramp(size), [size], "float32");
  const matrix = (rows: number, columns: number, shift = 0): T =>
    tf.tensor(ramp(rows * columns, shift), [rows, columns], "float32");

  const adam = (size: number): Prepared => {
    const { learningRate, beta1, beta2, epsilon } = ADAM;
    const g = vector(size);
    let state: [T, T, T] = [vector(size), tf.zeros([size]), tf.zeros([size])];
    let t = 0;
    const run = (): void => {
      t += 1;
      const [p, m, v] = state;
      const next = tf.tidy((): T[] => {
        const m2 = tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1));
        const v2 = tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2));
        const root = tf.add(tf.mul(tf.sqrt(v2), 1 / Math.sqrt(1 - beta2 ** t)), epsilon);
        return [tf.sub(p, tf.div(tf.mul(m2, learningRate / (1 - beta1 ** t)), root)), m2, v2];
      });
      tf.dispose(state);
      state = next as [T, T, T];
    };
    return {
      ...inProcess(NAME, run),
      async result() {
        run();
        return await state[0].data();
      },
      release: () => tf.dispose([...state, g]),
    };
  };

  const prepare = (work: Work): Prepared | undefined => {
    switch (work.kind) {
      case "affineChain": {
        const x = vector(work.size);
        return expression(() => tf.mul(tf.add(tf.mul(x, 2), 1), x), [x]);
      }
      case "tanhChain": {
        const x = vector(work.size);
        return expression(() => tf.mul(tf.tanh(tf.add(tf.mul(x, 2), 1)), x), [x]);
      }
      case "expChain": {
        const x = vector(work.size);
        return expression(() => tf.exp(tf.mul(tf.square(tf.add(tf.mul(x, 2), 1)), -0.5)), [x]);
      }
      case "scalarChain": {
        const x = vector(work.size);
        let c = 1;
        return expression(() => {
          c += 1e-6;
          return tf.sub(tf.mul(tf.add(tf.mul(tf.add(tf.mul(x, c), 1), 2), 0.5), c), c);
        }, [x]);
      }
      case "matmul": {
        // TensorFlow.js has no f64.
        if (work.dtype === "f64") return undefined;
        const a = matrix(work.n, work.n);
        const b = matrix(work.n, work.n, 0.5);
        return expression(() => tf.matMul(a, b), [a, b]);
      }
      case "softmax": {
        const x = matrix(work.rows, work.columns);
        return expression(() => tf.softmax(x, 1), [x]);
      }
      case "layerNorm": {
        const x = matrix(work.rows, work.columns);
        return expression(() => {
          const centered = tf.sub(x, tf.mean(x, 1, true));
          return tf.mul(centered, tf.rsqrt(tf.add(tf.mean(tf.square(centered), 1, true), 1e-5)));
        }, [x]);
      }
      case "sum": {
        const x = matrix(work.rows, work.columns);
        const { axis } = work;
        return expression(() => (axis === null ? tf.sum(x) : tf.sum(x, axis)), [x]);
      }
      case "conv2d": {
        const { batch, channels, outputs, size } = work;
        const images = tf.tensor4d(ramp(batch * channels * size ** 2), [batch, channels, size, size]);
        const kernels = tf.tensor4d(ramp(outputs * channels * 9, 0.25), [outputs, channels, 3, 3]);
        // Its own layout: channels last.
        const x = tf.transpose(images, [0, 2, 3, 1]);
        const w = tf.transpose(kernels, [2, 3, 1, 0]);
        const compute = (): T => tf.conv2d(x, w, 1, "same");
        return {
          ...expression(compute, [x, w, images, kernels]),
          result: async () => await tf.tidy(() => tf.transpose(compute(), [0, 3, 1, 2])).data(),
        };
      }
      // Not in the WebAssembly backend.
      case "fft":
      case "factor":
      case "conv2dGradients":
        return undefined;
      case "adam":
        return adam(work.size);
    }
  };
  return {
    name: NAME,
    version: (await versionOf("@tensorflow/tfjs-backend-wasm")) ?? null,
    prepare: (work) => Promise.resolve(prepare(work)),
    close: () => undefined,
  };
}
