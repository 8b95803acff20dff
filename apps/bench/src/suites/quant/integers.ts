/** Products of integers: against our own floats and against onnxruntime-web. */
import { encodeOnnx, nBitsLinear, packMatMulNBits, type OnnxModel } from "@ansatz/quant";
import { matmul, tensor } from "@ansatz/tensor";
import { int4Matmul, int8Matmul, packRows } from "@ansatz/tensor/integer";
import { inProcess, inProcessAsync, interleave, type Contender } from "../../measure/interleave.ts";
import { summarize } from "../../measure/statistics.ts";
import { OURS } from "../../peers/ours.ts";
import type { Row, Target } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { fromSummary, makeRow } from "../rows.ts";
import { onOneThread } from "../tensor/elementwise.ts";

const N = 512;
const [ROWS, BLOCK] = [2048, 128];

/** A session of onnxruntime-web on one thread, with its inputs, as a contender. */
async function session(
  model: OnnxModel,
  inputs: Readonly<
    Record<string, readonly [type: "uint8" | "float32", data: Uint8Array | Float32Array, dims: number[]]>
  >,
): Promise<Contender & { readonly release: () => Promise<void> }> {
  const ort = await import("onnxruntime-web");
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const open = await ort.InferenceSession.create(encodeOnnx(model));
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, [type, data, dims]]) => [name, new ort.Tensor(type, data as never, dims)]),
  );
  const run = inProcessAsync("onnxruntime-web", async () => {
    await open.run(feeds);
  });
  return { ...run, release: () => open.release() };
}

/** A row: how many times faster ours is than a rival, by medians of interleaved pairs. */
async function ratio(
  context: FigureContext,
  facts: { readonly id: string; readonly title: string; readonly target: Target; readonly why?: string },
  mine: Contender,
  rival: Contender,
): Promise<Row[]> {
  const times = await interleave([mine, rival], {
    rounds: 15,
    clock: "cpu",
    signal: context.signal,
    onRound: (round, all) => context.report(`${facts.id}: round ${round + 1} of ${all}`),
  });
  const { why, ...row } = facts;
  return [
    makeRow({
      ...row,
      unit: "x",
      better: "more",
      ...fromSummary(summarize(times[1].map((theirs, i) => theirs / times[0][i]))),
      note: `${(1e3 * summarize(times[0]).median).toFixed(2)} ms against ${(1e3 * summarize(times[1]).median).toFixed(2)} ms${why === undefined ? "" : `; ${why}`}`,
    }),
  ];
}

export const int8Figure: Figure = {
  id: "int8",
  title: `product of bytes, ${N} x ${N} x ${N}, one thread`,
  run: (context) =>
    onOneThread(async () => {
      const a = Uint8Array.from({ length: N * N }, (_, i) => (i * 7919) & 255);
      const b = Int8Array.from({ length: N * N }, (_, i) => ((i * 104_729) % 255) - 127);
      using left = tensor(packRows(a, N, N), { shape: [N, N / 4] });
      using right = tensor(packRows(b, N, N), { shape: [N, N / 4] });
      using x = tensor(Float32Array.from(a), { shape: [N, N] });
      using y = tensor(Float32Array.from(b), { shape: [N, N] });
      const mine = inProcess(OURS, () => int8Matmul(left, right, { k: N, aZero: 128 }).eval().dispose());
      const floats = inProcess("our f32 product", () => matmul(x, y).eval().dispose());
      const model: OnnxModel = {
        nodes: [{ op: "MatMulInteger", inputs: ["x", "w", "xz"], outputs: ["y"] }],
        constants: [
          { name: "w", type: "int8", dims: [N, N], data: b },
          { name: "xz", type: "uint8", dims: [], data: Uint8Array.of(128) },
        ],
        inputs: [{ name: "x", type: "uint8", dims: [N, N] }],
        outputs: [{ name: "y", type: "int32", dims: [N, N] }],
        opset: 13,
      };
      const theirs = await session(model, { x: ["uint8", a, [N, N]] });
      try {
        return [
          ...(await ratio(
            context,
            {
              id: "int8.ort",
              title: "faster than onnxruntime-web's MatMulInteger",
              target: { relation: ">", value: 1 },
            },
            mine,
            theirs,
          )),
          ...(await ratio(
            context,
            {
              id: "int8.f32",
              title: "faster than our own f32 product",
              target: { relation: ">=", value: 1.8 },
              why:
                "reached where processors have an instruction for four products of bytes (VNNI and the like). Those that " +
                "have not and multiply one vector of integers a cycle, but two of floats, do as many products of both; " +
                "taking two products for one multiplication (Winograd) leaves additions, three a cycle: 1.5 at most",
            },
            mine,
            floats,
          )),
        ];
      } finally {
        await theirs.release();
      }
    }),
};

export const int4Figure: Figure = {
  id: "int4",
  title: `four-bit weights ${ROWS} x ${ROWS} by a vector, one thread`,
  run: (context) =>
    onOneThread(async () => {
      const groups = ROWS / BLOCK;
      const codes = Uint8Array.from({ length: ROWS * ROWS }, (_, i) => (i * 7) & 15);
      const scale = new Float32Array(ROWS * groups).fill(0.01);
      const zeroPoint = new Uint8Array(ROWS * groups).fill(8);
      const vector = Float32Array.from({ length: ROWS }, (_, i) => Math.sin(i));
      const packed = packMatMulNBits({ codes, scale, zeroPoint, rows: ROWS, columns: ROWS, block: BLOCK });
      using x = tensor(vector, { shape: [1, ROWS] });
      using words = tensor(new Uint32Array(packed.codes.buffer), { shape: [ROWS, ROWS / 8] });
      using scales = tensor(scale, { shape: [ROWS, groups] });
      using zeros = tensor(Float32Array.from(zeroPoint), { shape: [ROWS, groups] });
      const mine = inProcess(OURS, () => int4Matmul(x, words, scales, zeros, { group: BLOCK }).eval().dispose());
      const theirs = await session(nBitsLinear(packed), { x: ["float32", vector, [1, ROWS]] });
      try {
        return await ratio(
          context,
          { id: "int4.ort", title: "faster than onnxruntime-web's MatMulNBits", target: { relation: ">=", value: 3 } },
          mine,
          theirs,
        );
      } finally {
        await theirs.release();
      }
    }),
};
