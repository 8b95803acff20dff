/** Iterates on one-dimensional functions whose gradients the file defines. */
import { diffGrad, elementwise, type Optimizer } from "@ansatz/optim";
import { add, div, mul, sqrt, square, sub, tensor, type Tensor } from "@ansatz/tensor";
import { expectCloseNorm, type GoldenCase, type GoldenReader } from "@ansatz/golden";

interface Row {
  readonly function: string;
  readonly method: string;
  readonly x0: number;
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly iters: readonly number[];
  readonly x: readonly number[];
}

interface GoldenFile {
  readonly gradients: Readonly<Record<string, string>>;
  readonly tolerance: { readonly rel: number; readonly abs: number };
  readonly cases: readonly Row[];
}

const GRADIENTS: Readonly<Record<string, { readonly text: string; readonly at: (x: number) => number }>> = {
  F1: { text: "x<=0: 2x+0.6; else 2x-0.4", at: (x) => (x <= 0 ? 2 * x + 0.6 : 2 * x - 0.4) },
  "F2-notebook-gradient": {
    text: "x<=-0.9: -40; else x*cos(8x)+sin(8x)+3x^2",
    at: (x) => (x <= -0.9 ? -40 : x * Math.cos(8 * x) + Math.sin(8 * x) + 3 * x * x),
  },
  F3: {
    text: "x<=-0.5: 2x; <=-0.4: 1; <=0: -7/8; <=0.4: 7/8; <=0.5: -1; else 2x",
    at: (x) => (x <= -0.5 || x > 0.5 ? 2 * x : x <= -0.4 ? 1 : x <= 0 ? -7 / 8 : x <= 0.4 ? 7 / 8 : -1),
  },
};

/** Adam as the notebook has it: epsilon under the root. It exists for these numbers alone. */
function notebookAdam({ lr, beta1, beta2, eps }: Row): Optimizer {
  return elementwise({
    name: "notebookAdam",
    learningRate: lr,
    citations: [],
    buffers: ["m", "v"],
    numbers: (step, rate) => [rate / (1 - beta1 ** step), 1 / (1 - beta2 ** step)],
    update(param, grad, [m, v], [rate, correction]) {
      const mean = add(mul(m, beta1), mul(grad, 1 - beta1));
      const squares = add(mul(v, beta2), mul(square(grad), 1 - beta2));
      const size = sqrt(add(mul(squares, correction), eps));
      return { param: sub(param, mul(div(mean, size), rate)), buffers: [mean, squares] };
    },
  });
}

/** Method for one step; the buffers of all steps are the same. */
function methodOf(golden: Row, step: number): Optimizer {
  if (golden.method === "notebook-Adam") return notebookAdam(golden);
  if (golden.method !== "notebook-diffGrad") throw new Error(`no method for ${golden.method}`);
  const { lr: learningRate, beta1, beta2, eps } = golden;
  // The notebook adds epsilon after bias correction, the method before it.
  return diffGrad({ learningRate, beta1, beta2, epsilon: eps * Math.sqrt(1 - beta2 ** step) });
}

async function iterates(golden: Row, gradient: (x: number) => number): Promise<number[]> {
  let params = { x: tensor([golden.x0], { dtype: "f64" }) as Tensor };
  let state = methodOf(golden, 1).init(params);
  const found: number[] = [];
  for (let step = 0; step <= Math.max(...golden.iters); step++) {
    const [x] = await params.x.data();
    if (golden.iters.includes(step)) found.push(x);
    const grads = { x: tensor([gradient(x)], { dtype: "f64" }) as Tensor };
    ({ params, state } = methodOf(golden, step + 1).step(params, grads, state));
  }
  return found;
}

/** Files with one-dimensional functions. */
export const synthetic: GoldenReader = (data) => {
  const file = data as unknown as GoldenFile;
  return file.cases.map((golden): GoldenCase => ({
    kind: golden.method === "notebook-Adam" ? "Adam" : "diffGrad",
    name: `${golden.method} on ${golden.function}`,
    async run() {
      const gradient = GRADIENTS[golden.function];
      if (file.gradients[golden.function] !== gradient?.text) throw new Error(`unknown function ${golden.function}`);
      expectCloseNorm("iterates", await iterates(golden, gradient.at), golden.x, file.tolerance);
    },
  }));
};
