import { expect, test } from "vitest";
import { relu, reshape, tensor } from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import {
  encodeOnnx,
  matmulNBits,
  nBitsLinear,
  packMatMulNBits,
  qdqNetwork,
  quantizeAffine,
  dequantizeAffine,
  quantizeChannels,
} from "@ansatz/quant";
import * as ort from "onnxruntime-web";
import { runModel } from "./reader/onnxQdq.ts";

const wave = (n: number, f: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(f * i + 0.3));

test("a quantised convolution and a dense head run in onnxruntime-web to our own values", async () => {
  const [convolution, head] = [wave(4 * 2 * 9, 1.3), wave(3 * 4 * 9, 0.7)];
  const conv = quantizeChannels(convolution, [4, 2, 3, 3], 8, "largest");
  const quantizer = { scale: 0.02, zeroPoint: 120 };
  const x = wave(2 * 25, 0.9);
  const model = qdqNetwork(
    [
      {
        shape: [4, 2, 3, 3],
        codes: conv.codes,
        scale: conv.scale,
        bias: wave(4, 2),
        input: quantizer,
        activation: "relu",
      },
      {
        shape: [3, 4, 3, 3],
        codes: quantizeChannels(head, [3, 4, 3, 3], 8, "largest").codes,
        scale: quantizeChannels(head, [3, 4, 3, 3], 8, "largest").scale,
        bias: wave(3, 3),
        stride: 2,
        padding: 1,
        activation: "silu",
      },
    ],
    [1, 2, 5, 5],
  );
  const found = await runModel(encodeOnnx(model), x, [1, 2, 5, 5]);
  const around = { type: "u8", scale: [quantizer.scale], zeroPoint: [quantizer.zeroPoint] } as const;
  const xd = dequantizeAffine(quantizeAffine(x, [50], around), [50], around);
  const bias = (values: Float32Array<ArrayBuffer>) => reshape(tensor(values), [values.length, 1, 1]);
  const h = relu(
    conv2d(tensor(xd, { shape: [1, 2, 5, 5] }), tensor(conv.values, { shape: [4, 2, 3, 3] })).add(bias(wave(4, 2))),
  );
  const weight = tensor(quantizeChannels(head, [3, 4, 3, 3], 8, "largest").values, { shape: [3, 4, 3, 3] });
  const y = conv2d(h, weight, { stride: 2, padding: 1 }).add(bias(wave(3, 3)));
  const expected = (await y.data()).map((v) => v / (1 + Math.exp(-v)));
  expect(found.length).toBe(expected.length);
  expected.forEach((v, i) => expect(Math.abs(found[i] - v)).toBeLessThan(1e-5 * (1 + Math.abs(v))));
  expect(() => qdqNetwork([], [1])).toThrow("no layers are given");
});

test("four-bit weights run in onnxruntime-web's MatMulNBits to our own values", async () => {
  const [rows, columns, block] = [6, 64, 32];
  const packed = packMatMulNBits({
    codes: Uint8Array.from({ length: rows * columns }, (_, i) => (i * 7) % 16),
    scale: wave(rows * 2, 1).map((v) => 0.1 + 0.05 * v),
    zeroPoint: Uint8Array.from({ length: rows * 2 }, (_, i) => i % 16),
    rows,
    columns,
    block,
  });
  const x = wave(2 * columns, 0.4);
  const found = await runModel(encodeOnnx(nBitsLinear(packed)), x, [2, columns]);
  matmulNBits(x, 2, packed).forEach((v, i) => expect(Math.abs(found[i] - v)).toBeLessThan(2e-5 * (10 + Math.abs(v))));
});

test("constants of a wrong size are named", () => {
  const bad = { name: "w", type: "float32", dims: [2], data: Float32Array.of(1) } as const;
  expect(() => encodeOnnx({ nodes: [], constants: [bad], inputs: [], outputs: [], opset: 13 })).toThrow(
    "constant w has a wrong size (got 1, expected 2)",
  );
  expect(ort.env.wasm.numThreads).toBe(1);
});
