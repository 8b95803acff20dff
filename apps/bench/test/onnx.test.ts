/** The shipped digit network as an .onnx file, in ONNX Runtime: the same predictions and pictures as our own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadParameters } from "@ansatz/nn";
import { encodeOnnx, unetOnnx } from "@ansatz/nn/onnx";
import { key } from "@ansatz/tensor/random";
import { readyOrSkip } from "@ansatz/webgpu-testing/availability";
import { callInPage, launchChromium } from "@ansatz/webgpu-testing/browser";
import { bundle } from "@ansatz/webgpu-testing/bundle";
import * as web from "onnxruntime-web";
import { ASSETS, readAsset } from "../src/assets.ts";
import { DIGIT_NETWORK, digitNetwork } from "../src/models/digitDenoiser.ts";
import { compareDigits, type Comparison } from "./onnx/digits.ts";

web.env.wasm.numThreads = 1;
web.env.logLevel = "error";

function expectSame({ prediction, pictures, size, evaluations }: Comparison): void {
  expect(evaluations).toEqual([2, 2]);
  expect(size).toBeGreaterThan(0.5);
  expect(prediction).toBeLessThan(1e-4);
  expect(pictures).toBeLessThan(1e-3);
}

describe("the digit network in ONNX Runtime", () => {
  const folder = mkdtempSync(join(tmpdir(), "ansatz-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let checkpoint: Uint8Array;
  let file: Uint8Array;
  beforeAll(async () => {
    checkpoint = await readAsset("digits");
    const { params } = loadParameters(checkpoint, digitNetwork().init(key(0)));
    file = encodeOnnx(await unetOnnx(DIGIT_NETWORK, params));
    writeFileSync(join(folder, "digits.onnx"), file);
  });

  it("draws the same pictures in Node (WebAssembly)", async () => {
    const session = await web.InferenceSession.create(file);
    expect(session.inputNames).toEqual(["sample", "timestep"]);
    expectSame(await compareDigits(checkpoint, session, web.Tensor));
  });

  it("draws the same pictures in Chromium", async (context) => {
    await using browser = readyOrSkip(await launchChromium(), context);
    const files = await bundle({ "/digits.js": new URL("onnx/page.ts", import.meta.url) });
    const dist = dirname(fileURLToPath(import.meta.resolve("onnxruntime-web")));
    const page = await browser.openPage({ files, folders: { "/ort": dist, "/assets": ASSETS, "/model": folder } });
    expectSame(
      await callInPage(
        page,
        "/digits.js",
        "run",
        "/ort/ort.wasm.min.mjs",
        "/assets/digits.safetensors",
        "/model/digits.onnx",
      ),
    );
  });
});
