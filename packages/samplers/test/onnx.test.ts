/** A network in ONNX Runtime against the same one with our operations: WebAssembly in Node and Chromium, native in Node. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { memory, tensor, type Tensor } from "@ansatz/tensor";
import { readyOrSkip } from "@ansatz/webgpu-testing/availability";
import { callInPage, launchChromium } from "@ansatz/webgpu-testing/browser";
import { bundle } from "@ansatz/webgpu-testing/bundle";
import { onnxDenoiser, vpLinear, type Level, type OnnxSession, type OnnxTensor } from "@ansatz/samplers";
import * as web from "onnxruntime-web";
import { compareRuns, networkFile, type Comparison } from "./onnx/network.ts";

web.env.wasm.numThreads = 1;
web.env.logLevel = "error";

function expectSame(found: readonly Comparison[]): void {
  expect(found.map(({ evaluations }) => evaluations)).toEqual([8, 7]);
  for (const { name, difference, size } of found) {
    expect(size, name).toBeGreaterThan(0.1);
    expect(difference / Math.max(1, size), name).toBeLessThan(1e-5);
  }
}

describe("the same samples", () => {
  test("with onnxruntime-web (WebAssembly) in Node", async () => {
    const open = (file: Uint8Array): Promise<OnnxSession> => web.InferenceSession.create(file);
    expectSame(
      await compareRuns({ float: await open(networkFile(false)), integer: await open(networkFile(true)) }, web.Tensor),
    );
  });

  test("with onnxruntime-node", async (context) => {
    const native = await import("onnxruntime-node").catch(() => null);
    if (native === null) return context.skip("there is no native runtime for this machine");
    const open = (file: Uint8Array): Promise<OnnxSession> => native.InferenceSession.create(file);
    expectSame(
      await compareRuns(
        { float: await open(networkFile(false)), integer: await open(networkFile(true)) },
        native.Tensor,
      ),
    );
  });

  test("with onnxruntime-web in Chromium", async (context) => {
    await using browser = readyOrSkip(await launchChromium(), context);
    const files = await bundle({ "/onnx.js": new URL("onnx/page.ts", import.meta.url) });
    const dist = dirname(fileURLToPath(import.meta.resolve("onnxruntime-web")));
    const page = await browser.openPage({ files, folders: { "/ort": dist } });
    expectSame(await callInPage(page, "/onnx.js", "run", "/ort/ort.wasm.min.mjs"));
  });
});

describe("the adapter", () => {
  let session: OnnxSession;
  let integer: OnnxSession;
  beforeAll(async () => {
    session = await web.InferenceSession.create(networkFile(false));
    integer = await web.InferenceSession.create(networkFile(true));
  });
  const options = { Tensor: web.Tensor, predict: "epsilon", time: { name: "timestep" } } as const;
  const level = vpLinear().level(0.5);

  test("takes the session's own names, and frees what it makes", async () => {
    const x = tensor(new Float32Array(32).fill(0.3), { shape: [2, 1, 4, 4] });
    const call = onnxDenoiser(session, options).call;
    (await call(x, level)).dispose();
    const before = memory().used;
    const y = await call(x, level);
    expect(y.shape).toEqual([2, 1, 4, 4]);
    y.dispose();
    expect(memory().used).toBe(before);
  });

  test("hands further inputs on", async () => {
    const seen: Record<string, unknown>[] = [];
    const spy: OnnxSession = {
      inputNames: [...session.inputNames, "prompt"],
      outputNames: session.outputNames,
      run: ({ prompt, ...feeds }) => (seen.push({ prompt }), session.run(feeds)),
    };
    const prompt = new web.Tensor("float32", Float32Array.of(1), [1]);
    const x = tensor(new Float32Array(16), { shape: [1, 1, 4, 4] });
    await onnxDenoiser(spy, { ...options, extra: { prompt } }).call(x, level);
    const chosen = (_: Tensor, __: Level, context?: string): Record<string, OnnxTensor> => {
      expect(context).toBe("cat");
      return { prompt };
    };
    await onnxDenoiser<string>(spy, { ...options, extra: chosen }).call(x, level, "cat");
    expect(seen).toEqual([{ prompt }, { prompt }]);
  });

  test("says what does not fit", async () => {
    expect(() => onnxDenoiser({} as never, options)).toThrow("onnxDenoiser: not a session (got object");
    expect(() => onnxDenoiser(session, { ...options, Tensor: undefined as never })).toThrow(
      "Pass `Tensor: ort.Tensor`",
    );
    expect(() => onnxDenoiser(session, { ...options, input: "x" })).toThrow(
      'onnxDenoiser: the session has no such input (got "x", expected one of "sample", "timestep").',
    );
    expect(() => onnxDenoiser(session, { ...options, output: "y" })).toThrow('no such output (got "y"');
    expect(() => onnxDenoiser(session, { ...options, time: { name: "t" } })).toThrow('no such time input (got "t"');
    expect(() => onnxDenoiser(session, { ...options, predict: "noise" as never })).toThrow(
      'unknown prediction (got "noise"',
    );
    const x = tensor(new Float32Array(16), { shape: [1, 1, 4, 4] });
    const call = onnxDenoiser(session, options).call;
    await expect(call(x, { alpha: 0.6, sigma: 0.8 })).rejects.toThrow(
      "the level has none (got (alpha = 0.6, sigma = 0.8)).",
    );
    await expect(call(tensor(new Float64Array(16), { shape: [1, 1, 4, 4] }), level)).rejects.toThrow(
      "the network takes f32 (got f64",
    );
    const whole = onnxDenoiser(integer, { ...options, time: { name: "timestep", type: "int64" } }).call;
    await expect(whole(x, level)).rejects.toThrow("the network takes integer times (got 0.5, expected an integer).");
  });
});
