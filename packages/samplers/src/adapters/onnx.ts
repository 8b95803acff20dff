/** Networks in ONNX Runtime as denoisers. The runtime is never imported here: its session and tensors are handed in. */
import { ArgumentError, checkOptions, DTypeError, tensor, type Tensor } from "@ansatz/tensor";
import { checkChoice } from "../check.ts";
import { showLevel, type Level } from "../level.ts";
import type { PredictingDenoiser } from "../predictions/denoiser.ts";
import { PREDICTIONS, type Prediction } from "../predictions/table.ts";

/** A tensor of ONNX Runtime, as far as it is needed here. */
export interface OnnxTensor {
  readonly type: string;
  readonly dims: readonly number[];
  /** Reads the values, from wherever they are. */
  getData(): Promise<unknown>;
  dispose?(): void;
}

/** `ort.Tensor` of onnxruntime-web or onnxruntime-node. */
export interface OnnxTensorConstructor {
  new (type: "float32", data: Float32Array, dims: readonly number[]): OnnxTensor;
  new (type: "int64", data: BigInt64Array, dims: readonly number[]): OnnxTensor;
}

/** An `InferenceSession` of onnxruntime-web or onnxruntime-node. */
export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, unknown>>>;
}

/** How the network is told the time. */
export interface OnnxTimeInput {
  /** Name of the input. */
  readonly name: string;
  /** `"int64"` for table indices (most exported diffusers models), `"float32"` for real times; `"float32"` when left out. */
  readonly type?: "float32" | "int64";
  /** A scalar, a list of one, or one per sample; `"one"` when left out. */
  readonly shape?: "scalar" | "one" | "batch";
}

/** Options of {@link onnxDenoiser}. */
export interface OnnxDenoiserOptions<C = unknown> {
  /** `ort.Tensor` of the runtime that made the session. */
  readonly Tensor: OnnxTensorConstructor;
  /** What the network predicts. */
  readonly predict: Prediction;
  /** Name of the input for the noisy signal; the session's first input when left out. */
  readonly input?: string;
  /** The input for `level.time`; none when left out. */
  readonly time?: OnnxTimeInput;
  /** Name of the output; the session's first output when left out. */
  readonly output?: string;
  /** Further inputs (such as the embedding of a prompt), fixed or made for every call. They stay yours. */
  readonly extra?:
    | Readonly<Record<string, OnnxTensor>>
    | ((x: Tensor, level: Level, context?: C) => Readonly<Record<string, OnnxTensor>>);
}

const OPTIONS = ["Tensor", "predict", "input", "time", "output", "extra"] as const;

/**
 * The denoiser of an f32 network in ONNX Runtime, in the browser (`onnxruntime-web`) or in Node (`onnxruntime-node`, or
 * `onnxruntime-web`). Values travel by way of the host: one read and one upload per call. The output is copied, and the
 * runtime's tensors are disposed.
 * @param session an `InferenceSession`
 * @throws ArgumentError for names that the session does not have, at once; from a call for levels without a time, or a
 *   time that is no integer where the network takes an integer; DTypeError for signals that are not f32
 * @example
 * import * as ort from "onnxruntime-web";
 * const session = await ort.InferenceSession.create("unet.onnx");
 * const denoiser = onnxDenoiser(session, {
 *   Tensor: ort.Tensor,
 *   predict: "epsilon",
 *   input: "sample",
 *   time: { name: "timestep", type: "int64" },
 * });
 */
export function onnxDenoiser<C = unknown>(
  session: OnnxSession,
  options: OnnxDenoiserOptions<C>,
): PredictingDenoiser<C> {
  const name = "onnxDenoiser";
  checkOptions(name, options, OPTIONS);
  if (typeof session?.run !== "function" || !Array.isArray(session.inputNames)) {
    throw new ArgumentError(`${name}: not a session (got ${typeof session}, expected an InferenceSession).`);
  }
  const { Tensor: Create, predict, time, extra = {} } = options;
  if (typeof Create !== "function") {
    throw new ArgumentError(
      `${name}: the runtime's tensors are needed (got ${typeof Create}). Pass \`Tensor: ort.Tensor\`.`,
    );
  }
  checkChoice(name, "prediction", predict, PREDICTIONS);
  const input = listed(name, "input", options.input ?? session.inputNames[0], session.inputNames);
  const output = listed(name, "output", options.output ?? session.outputNames[0], session.outputNames);
  if (time !== undefined) checkTime(name, time, session);
  const call = async (x: Tensor, level: Level, context?: C): Promise<Tensor> => {
    if (x.dtype !== "f32") {
      throw new DTypeError(`${name}: the network takes f32 (got ${x.dtype}, expected f32). Start the run in f32.`);
    }
    const values = (await x.data()) as Float32Array;
    const own: OnnxTensor[] = [new Create("float32", values, x.shape)];
    const feeds: Record<string, OnnxTensor> = {
      ...(typeof extra === "function" ? extra(x, level, context) : extra),
      [input]: own[0],
    };
    if (time !== undefined) own.push((feeds[time.name] = timeTensor(name, Create, time, level, x)));
    const results = await session.run(feeds);
    const result = results[output] as OnnxTensor;
    if (result.type !== "float32") {
      throw new DTypeError(
        `${name}: output ${output} is ${result.type} (expected float32). Export the network in f32.`,
      );
    }
    const data = (await result.getData()) as Float32Array;
    const copy = tensor(data.slice(), { shape: [...result.dims], device: x.device });
    for (const used of [...own, ...(Object.values(results) as OnnxTensor[])]) used.dispose?.();
    return copy;
  };
  return { predict, call };
}

function listed(name: string, what: string, wanted: string | undefined, names: readonly string[]): string {
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  throw new ArgumentError(
    `${name}: the session has no such ${what} (got ${JSON.stringify(wanted)}, expected one of ${names.map((n) => JSON.stringify(n)).join(", ")}).`,
  );
}

function checkTime(name: string, time: OnnxTimeInput, session: OnnxSession): void {
  checkOptions(`${name}: time`, time, ["name", "type", "shape"]);
  listed(name, "time input", time.name, session.inputNames);
  checkChoice(name, "time.type", time.type ?? "float32", ["float32", "int64"]);
  checkChoice(name, "time.shape", time.shape ?? "one", ["scalar", "one", "batch"]);
}

function timeTensor(
  name: string,
  Create: OnnxTensorConstructor,
  { type = "float32", shape = "one" }: OnnxTimeInput,
  level: Level,
  x: Tensor,
): OnnxTensor {
  const { time } = level;
  if (time === undefined) {
    throw new ArgumentError(
      `${name}: the network wants to be told the time, and the level has none (got ${showLevel(level)}).`,
    );
  }
  const count = shape === "batch" ? (x.shape[0] ?? 1) : 1;
  const dims = shape === "scalar" ? [] : [count];
  if (type === "float32") return new Create("float32", new Float32Array(count).fill(time), dims);
  if (!Number.isInteger(time)) {
    throw new ArgumentError(
      `${name}: the network takes integer times (got ${time}, expected an integer). Round the indices of the levels (\`rounding\`).`,
    );
  }
  return new Create("int64", new BigInt64Array(count).fill(BigInt(time)), dims);
}
