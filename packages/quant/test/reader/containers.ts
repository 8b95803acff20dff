/** containers.json: a GGUF file, a safetensors file, and malformed safetensors files. */
import { expectClose, expectEqual, knownKeys, unknownSections } from "@ansatz/golden";
import type { GoldenCase } from "@ansatz/golden";
import {
  ggufValues,
  readGguf,
  readSmallSafetensors,
  safetensorsValues,
  writeGguf,
  writeSmallSafetensors,
} from "@ansatz/quant";
import type { GgufFile } from "@ansatz/quant";
import { bytesOf, f32 } from "./common.ts";

const exact = (): number => 0;

function compareGguf(file: GgufFile, c: any): void {
  const values = Object.fromEntries(Array.from(file.metadata, ([key, { value }]) => [key, value]));
  const plain = Object.entries(values).map(([key, v]) => [key, typeof v === "boolean" ? Number(v) : v]);
  expectEqual(
    "metadata",
    plain,
    Object.entries(c.metadata).map(([key, v]) => [key, typeof v === "boolean" ? Number(v) : v]),
  );
  expectEqual(
    "tensors",
    [...file.tensors.keys()],
    c.tensors.map((t: any) => t.name),
  );
  for (const t of c.tensors) {
    knownKeys("tensor", t, ["name", "ne", "type", "values"]);
    const found = file.tensors.get(t.name);
    expectEqual(t.name, [found?.shape, found?.type], [t.ne.toReversed(), t.type]);
    if (found !== undefined) expectClose(t.name, ggufValues(found), f32(t.values) as any, exact);
  }
}

function gguf(c: any): void {
  knownKeys("gguf", c, ["file_b64", "data_offset", "metadata", "tensors"]);
  const file = readGguf(bytesOf(c.file_b64));
  compareGguf(file, c);
  const first = file.tensors.values().next().value;
  expectEqual("data offset", first?.bytes.byteOffset, c.data_offset);
  compareGguf(readGguf(writeGguf({ metadata: file.metadata, tensors: file.tensors.values() })), c);
}

function safetensors(c: any): void {
  knownKeys("safetensors", c, ["file_b64", "metadata", "tensors", "bad"]);
  const first = readSmallSafetensors(bytesOf(c.file_b64));
  const again = readSmallSafetensors(writeSmallSafetensors([...first.tensors.values()], first.metadata));
  for (const file of [first, again]) {
    expectEqual("metadata", file.metadata, c.metadata);
    expectEqual("names", [...file.tensors.keys()].sort(), c.tensors.map((t: any) => t.name).sort());
    for (const t of c.tensors) {
      knownKeys("tensor", t, ["name", "dtype", "shape", "values"]);
      const found = file.tensors.get(t.name);
      expectEqual(t.name, [found?.dtype, found?.shape], [t.dtype, t.shape]);
      if (found !== undefined) expectClose(t.name, safetensorsValues(found), f32(t.values) as any, exact);
    }
  }
}

function bad(c: any): void {
  knownKeys("bad file", c, ["why", "file_b64"]);
  let message = "";
  try {
    readSmallSafetensors(bytesOf(c.file_b64));
  } catch (error) {
    message = (error as Error).message;
  }
  if (!message.includes("Safetensors: ")) throw new Error(`${c.why}: accepted`);
}

export function containers(file: any): GoldenCase[] {
  const cases: GoldenCase[] = unknownSections(file, ["source", "about", "tolerance", "gguf", "safetensors"]);
  if (file.gguf !== undefined) cases.push({ name: "gguf", kind: "gguf", run: () => gguf(file.gguf) });
  if (file.safetensors !== undefined) {
    cases.push({ name: "safetensors", kind: "safetensors", run: () => safetensors(file.safetensors) });
    for (const c of file.safetensors.bad ?? []) cases.push({ name: c.why, kind: "bad", run: () => bad(c) });
  }
  return cases;
}
