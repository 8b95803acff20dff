/** The comparison inside a browser page; ONNX Runtime is served beside it. */
import { compareRuns, networkFile, type Comparison } from "./network.ts";

export async function run(runtime: string): Promise<Comparison[]> {
  const ort = await import(/* @vite-ignore */ runtime);
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const open = (file: Uint8Array): Promise<any> => ort.InferenceSession.create(file, { executionProviders: ["wasm"] });
  return compareRuns({ float: await open(networkFile(false)), integer: await open(networkFile(true)) }, ort.Tensor);
}
