/** onnx_qdq.json: the models run, ours of the same forms run to the same values, and our own arithmetic agrees. */
import { expectClose, expectEqual, knownKeys, unknownCase, unknownSections } from "@ansatz/golden";
import type { GoldenCase } from "@ansatz/golden";
import {
  decodeFloat,
  dequantizeAffine,
  dynamicLinear,
  encodeOnnx,
  float8Linear,
  int4Linear,
  integerLinear,
  integerLinearModel,
  packWeight,
  qdqLinear,
  quantizeAffine,
  requantizeFactor,
  requantizeFloat,
  scaleOfRange,
  unpackNibbles,
} from "@ansatz/quant";
import type { OnnxModel } from "@ansatz/quant";
import * as ort from "onnxruntime-web";
import { readOnnx } from "../support/readOnnx.ts";
import { bytesOf, f32 } from "./common.ts";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

/** Runs a model on the input of a case. */
export async function runModel(file: Uint8Array, x: Float32Array, dims: readonly number[]): Promise<ArrayLike<number>> {
  const session = await ort.InferenceSession.create(file, { graphOptimizationLevel: "disabled" });
  const { [session.outputNames[0]]: y } = await session.run({ x: new ort.Tensor("float32", x, dims) });
  await session.release();
  return y.data as Float32Array;
}

/** Constants of a model by the operation that uses them and the position among its inputs. */
function operands(file: Uint8Array): (op: string, position: number, which?: number) => any {
  const { nodes, constants } = readOnnx(file);
  return (op, position, which = 0) => {
    const name = nodes.filter((n) => n.op === op)[which].inputs[position];
    const constant = constants.get(name);
    if (constant === undefined) return undefined;
    const { type, dims, bytes } = constant;
    const size = dims.reduce((a: number, b: number) => a * b, 1);
    if (type === 1) return new Float32Array(bytes.buffer);
    if (type === 3) return new Int8Array(bytes.buffer);
    if (type === 22) {
      // Files may keep a four-bit code in a byte of its own.
      return bytes.length === size ? new Int8Array(bytes.buffer) : unpackNibbles(bytes, size, { signed: true });
    }
    return bytes;
  };
}

interface Built {
  readonly model: OnnxModel;
  /** Our own result. */
  readonly y: ArrayLike<number> | Promise<ArrayLike<number>>;
}

type Get = ReturnType<typeof operands>;

interface Input {
  readonly x: Float32Array;
  readonly m: number;
  readonly k: number;
}

const product = ({ x, m, k }: Input, w: ArrayLike<number>, bias?: ArrayLike<number>): Float32Array => {
  const n = w.length / k;
  return Float32Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = bias === undefined ? 0 : bias[j];
    for (let p = 0; p < k; p++) sum += x[i * k + p] * w[j * k + p];
    return sum;
  });
};

const rows = (codes: Int8Array, k: number): Int8Array =>
  Int8Array.from(codes, (_, i) => codes[(i % k) * (codes.length / k) + Math.floor(i / k)]);

const FORMS: Record<string, (get: Get, input: Input) => Built> = {
  qdq_linear(get, input) {
    const [sx, zx, w, sw, b] = [
      get("QuantizeLinear", 1),
      get("QuantizeLinear", 2),
      get("DequantizeLinear", 0, 1),
      get("DequantizeLinear", 1, 1),
      get("Gemm", 2),
    ];
    const quantizer = { scale: sx[0], zeroPoint: zx[0] };
    const n = sw.length;
    const around = { type: "u8", scale: [sx[0]], zeroPoint: [zx[0]] } as const;
    const shape = [input.x.length];
    const xd = dequantizeAffine(quantizeAffine(input.x, shape, around), shape, around);
    const granularity = { per: "channel", axis: 0 } as const;
    const wd = dequantizeAffine(w, [n, input.k], { type: "i8", scale: sw, zeroPoint: new Int8Array(n), granularity });
    return {
      model: qdqLinear({ codes: w, scale: sw, rows: n, columns: input.k }, quantizer, b),
      y: product({ ...input, x: xd }, wd, b),
    };
  },
  dynamic_matmul_integer(get, input) {
    const [wt, sw] = [get("MatMulInteger", 1), get("Mul", 1)];
    const codes = rows(wt, input.k);
    const n = sw.length;
    const { scale, zeroPoint } = scaleOfRange(Math.min(...input.x), Math.max(...input.x), { type: "u8" });
    const x = quantizeAffine(input.x, [input.x.length], { type: "u8", scale: [scale], zeroPoint: [zeroPoint] });
    const sums = integerLinear({ codes: x, zeroPoint }, input.m, packWeight(codes, n, input.k)).data();
    return {
      model: dynamicLinear({ codes, scale: sw, rows: n, columns: input.k }),
      y: sums.then((c) => Float32Array.from(c, (v, i) => v * Math.fround(scale * sw[i % n]))),
    };
  },
  qlinear_matmul(get, input) {
    const op = (position: number): any => get("QLinearMatMul", position);
    const [sx, zx, wt, sw, sy, zy] = [op(1), op(2), op(3), op(4), op(6), op(7)];
    const codes = rows(wt, input.k);
    const n = sw.length;
    const x = quantizeAffine(input.x, [input.x.length], { type: "u8", scale: [sx[0]], zeroPoint: [zx[0]] });
    const sums = integerLinear({ codes: x, zeroPoint: zx[0] }, input.m, packWeight(codes, n, input.k)).data();
    const output = { type: "u8", zeroPoint: zy[0] } as const;
    return {
      model: integerLinearModel(
        { codes, scale: sw, rows: n, columns: input.k },
        { scale: sx[0], zeroPoint: zx[0] },
        { scale: sy[0], zeroPoint: zy[0] },
      ),
      y: sums.then((c) =>
        Array.from(c, (v, i) => requantizeFloat([v], requantizeFactor(sx[0], sw[i % n], sy[0]), output)[0]),
      ),
    };
  },
  int4_block_dq(get, input) {
    const [w, s] = [get("DequantizeLinear", 0), get("DequantizeLinear", 1)];
    const n = w.length / input.k;
    const block = w.length / s.length;
    const granularity = { per: "group", group: block } as const;
    const wd = dequantizeAffine(w, [n, input.k], {
      type: "i4",
      scale: s,
      zeroPoint: new Int8Array(s.length),
      granularity,
    });
    return {
      model: int4Linear({ codes: w, scale: s, rows: n, columns: input.k, block }),
      y: product(input, wd),
    };
  },
  fp8_e4m3fn_weight(get, input) {
    const [codes, scale] = [get("DequantizeLinear", 0), get("DequantizeLinear", 1)];
    const n = codes.length / input.k;
    return {
      model: float8Linear({ codes, format: "e4m3fn", scale, rows: n, columns: input.k, bias: new Float32Array(n) }),
      y: product(
        input,
        decodeFloat(codes, "e4m3fn").map((v) => v * scale[0]),
      ),
    };
  },
  fp8_e5m2_weight(get, input) {
    const [codes, scale] = [get("DequantizeLinear", 0), get("DequantizeLinear", 1)];
    const n = codes.length / input.k;
    return {
      model: float8Linear({ codes, format: "e5m2", scale, rows: n, columns: input.k, bias: new Float32Array(n) }),
      y: product(
        input,
        decodeFloat(codes, "e5m2").map((v) => v * scale[0]),
      ),
    };
  },
};

async function check(c: any): Promise<void> {
  knownKeys("model", c, ["name", "about", "model_b64", "inputs", "output", "tolerance"]);
  expectEqual("inputs", Object.keys(c.inputs), ["x"]);
  const file = bytesOf(c.model_b64);
  const { dims } = c.inputs.x;
  const input = { x: f32(c.inputs.x.data), m: dims[0], k: dims[1] };
  const { model, y } = FORMS[c.name](operands(file), input);
  const tolerance = c.tolerance === "exact" ? 0 : c.tolerance;
  const limit = { abs: tolerance, rel: tolerance };
  const wanted = c.output.type === "float32" ? (f32(c.output.data) as any) : c.output.data;
  expectClose("the given model", await runModel(file, input.x, dims), wanted, limit);
  expectClose("our model", await runModel(encodeOnnx(model), input.x, dims), wanted, limit);
  expectClose("our arithmetic", await y, wanted, limit);
}

export function onnxQdq(file: any): GoldenCase[] {
  const cases = file.models.map((c: any) =>
    c.name in FORMS ? { name: c.name, kind: "model", run: () => check(c) } : unknownCase(c.name, c.name),
  );
  return [...unknownSections(file, ["source", "about", "models"]), ...cases];
}
