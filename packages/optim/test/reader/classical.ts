/** Iterates of classical methods for given gradient streams and for one coupled function. */
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  diffGrad,
  nadam,
  radam,
  rmsprop,
  rprop,
  sgd,
  type Optimizer,
} from "@ansatz/optim";
import { add, cos, grad, mul, scope, square, sub, sum, take, tensor, type Tensor } from "@ansatz/tensor";
import { expectCloseNorm, type GoldenCase, type GoldenReader } from "@ansatz/golden";

/** Hyper-parameters as the files name them; what is missing has the library's default there. */
type Params = Readonly<Record<string, unknown>>;

interface Row {
  readonly optimizer?: string;
  readonly friction?: string;
  readonly params: Params;
  readonly stream: string;
  readonly steps?: readonly number[];
  readonly x: readonly (readonly number[])[];
}

interface GoldenFile {
  readonly x0: readonly number[];
  readonly function: string;
  readonly function_x0: readonly number[];
  readonly streams: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly tolerance: { readonly rel: number; readonly abs: number };
  readonly cases: readonly Row[];
}

/** The files' names of options, and ours. */
const NAMES: Readonly<Record<string, string>> = {
  lr: "learningRate",
  eps: "epsilon",
  weight_decay: "weightDecay",
  momentum: "momentum",
  dampening: "dampening",
  nesterov: "nesterov",
  amsgrad: "amsgrad",
  maximize: "maximize",
  lr_decay: "rateDecay",
  initial_accumulator_value: "initialSum",
  rho: "rho",
  alpha: "alpha",
  centered: "centered",
  momentum_decay: "momentumDecay",
};

function optionsOf(params: Params): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(params)) {
    if (name === "betas") {
      [options["beta1"], options["beta2"]] = value as [number, number];
      continue;
    }
    const ours = NAMES[name];
    if (ours === undefined) throw new Error(`unknown parameter ${name}`);
    options[ours] = value;
  }
  return options;
}

const FACTORIES: Readonly<Record<string, (options: never) => Optimizer>> = {
  SGD: sgd,
  Adam: adam,
  AdamW: adamW,
  Adamax: adamax,
  Adagrad: adagrad,
  Adadelta: adadelta,
  RMSprop: rmsprop,
  NAdam: nadam,
  "NAdam-torch1.13": (options: object) => nadam({ ...options, variant: "torch-1.13" }),
  RAdam: radam,
  Rprop: rprop,
};

/** Frictions of diffGrad as the file names them. */
const FRICTIONS: Readonly<Record<string, object>> = {
  v0: { friction: "v0" },
  v1: { friction: "v1" },
  v2: { friction: "v2" },
  "v0-legacy-alias": { legacyAlias: true },
};

function methodOf({ optimizer = "", friction, params }: Row): Optimizer {
  const options = optionsOf(params);
  if (friction !== undefined) {
    if (!Object.hasOwn(FRICTIONS, friction)) throw new Error(`unknown friction ${friction}`);
    return diffGrad({ ...options, ...FRICTIONS[friction] });
  }
  if (!Object.hasOwn(FACTORIES, optimizer)) throw new Error(`no method for ${optimizer}`);
  return FACTORIES[optimizer](options as never);
}

/** f(x) = sum_i a_i x_i^2 / 2 + 0.1 sum_i cos(3 x_i) + (x0 x1 - x2)^2 / 2, a = [1, 3, 0.5, 10]. */
const FUNCTION = "f(x)=sum_i a_i x_i^2/2 + 0.1*sum_i cos(3 x_i) + (x0*x1-x2)^2/2, a=[1,3,0.5,10]";
function coupled(x: Tensor): Tensor {
  const a = tensor([1, 3, 0.5, 10], { dtype: x.dtype });
  const at = (i: number): Tensor => take(x, tensor([i], { dtype: "i32" }));
  const bowl = sum(mul(mul(square(x), a), 0.5));
  const waves = mul(sum(cos(mul(x, 3))), 0.1);
  return add(add(bowl, waves), mul(sum(square(sub(mul(at(0), at(1)), at(2)))), 0.5));
}

/** Iterates after the wanted steps. */
async function trajectory(file: GoldenFile, golden: Row, dtype: "f32" | "f64"): Promise<number[][]> {
  const method = methodOf(golden);
  const isFunction = golden.stream === "function";
  const stream = file.streams[golden.stream];
  if (!isFunction && stream === undefined) throw new Error(`unknown stream ${golden.stream}`);
  if (isFunction && file.function !== FUNCTION) throw new Error(`unknown function ${file.function}`);
  const wanted = golden.steps ?? golden.x.map((_, i) => i + 1);
  const gradient = grad(coupled);
  let params = { x: tensor([...(isFunction ? file.function_x0 : file.x0)], { dtype }) as Tensor };
  let state = method.init(params);
  const found: number[][] = [];
  for (let step = 1; step <= wanted[wanted.length - 1]; step++) {
    const g = isFunction ? gradient(params.x) : tensor([...stream[step - 1]], { dtype });
    ({ params, state } = scope(() => method.step(params, { x: g }, state)));
    if (wanted.includes(step)) found.push(Array.from(await params.x.data()));
  }
  return found;
}

/** Trajectories of the classical methods and of diffGrad. */
export const classical: GoldenReader = (data) => {
  const file = data as unknown as GoldenFile;
  return file.cases.flatMap((golden): GoldenCase[] =>
    (["f64", "f32"] as const).map((dtype) => ({
      kind: golden.optimizer ?? "diffGrad",
      name: `${golden.friction ?? ""} ${JSON.stringify(golden.params)} on ${golden.stream}, ${dtype}`.trim(),
      async run() {
        // In f32 a coordinate that started large and is small now still carries the rounding of where it has been.
        const start = Math.hypot(...(golden.stream === "function" ? file.function_x0 : file.x0));
        const tolerance = dtype === "f64" ? file.tolerance : { rel: 1e-5, abs: 1e-6 * start };
        const found = await trajectory(file, golden, dtype);
        golden.x.forEach((x, i) => expectCloseNorm(`iterate ${i}`, found[i], x, tolerance));
      },
    })),
  );
};
