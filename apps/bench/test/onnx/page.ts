/** The comparison inside a browser page; ONNX Runtime and both files are served beside it. */
import { compareDigits, type Comparison } from "./digits.ts";

async function bytes(path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(path)).arrayBuffer());
}

export async function run(runtime: string, checkpoint: string, model: string): Promise<Comparison> {
  const ort = await import(/* @vite-ignore */ runtime);
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(await bytes(model), { executionProviders: ["wasm"] });
  return compareDigits(await bytes(checkpoint), session, ort.Tensor);
}
