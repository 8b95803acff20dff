/** Runs programs as WebAssembly and through the oracle on equal data and compares what they write. */
import { expect } from "vitest";
import { findCold } from "../../src/backend/cpu/emitCold.ts";
import { parts } from "../../src/backend/cpu/parts.ts";
import { emitSpmd } from "../../src/backend/cpu/spmd.ts";
import { dtypeInfo, type RealDType } from "../../src/dtype.ts";
import { checkProgram } from "../../src/kernel/programCheck.ts";
import { runProgram } from "../../src/kernel/programInterp.ts";
import { optimizeProgram } from "../../src/kernel/programOptimize.ts";
import { programLayout, type Program } from "../../src/kernel/program.ts";
import type { Ty } from "../../src/kernel/expr.ts";
import { instantiateKernel } from "../cpu/instantiate.ts";
import { viewsOf } from "../cpu/emitHarness.ts";

parts.findCold = findCold;

/** A program with everything that a launch needs; outputs have no data. */
export interface ProgramLaunch {
  readonly program: Program;
  readonly sizes: readonly number[];
  readonly buffers: readonly { readonly size: number; readonly data?: readonly number[] }[];
  readonly params: readonly number[];
  /** Where the WebAssembly run is cut in pieces. */
  readonly cuts?: readonly number[];
}

/** The elements of a buffer. */
export type Elements = Uint8Array | Int32Array | Uint32Array | Float32Array | Float64Array;

function arrayFor(dtype: RealDType, size: number): Elements {
  return new (dtypeInfo(dtype).array)(size) as Elements;
}

/** The outputs (inputs: as they were) after the oracle ran. */
export function oracle({ program, sizes, buffers, params }: ProgramLaunch): Elements[] {
  const data = buffers.map(({ size, data: values }, i) => {
    const array = arrayFor(program.buffers[i].dtype, size + 3);
    array.fill(99);
    if (values) array.set(values, 2);
    return array;
  });
  runProgram(
    program,
    sizes,
    data.map((array, i) => ({ name: `buffer ${i}`, data: array, offset: 2, size: buffers[i].size })),
    params,
  );
  return data.map((array, i) => array.slice(2, 2 + buffers[i].size));
}

function writeParam(views: ReturnType<typeof viewsOf>, word: number, ty: Ty, value: number): void {
  if (ty === "f64") views.f64[word / 2] = value;
  else if (ty === "f32") views.f32[word] = value;
  else views.i32[word] = value;
}

/** The outputs after the compiled program ran, piece by piece; the last piece first. */
export function compiled({ program, sizes, buffers, params, cuts = [] }: ProgramLaunch): Elements[] {
  const layout = programLayout(program);
  const staged = optimizeProgram(program);
  const block = 64;
  let top = Math.ceil((block + 4 * layout.words + 64) / 64) * 64;
  const places = buffers.map(({ size }, i) => {
    const at = top;
    // Some bytes between buffers stay as they were.
    top = Math.ceil((at + size * dtypeInfo(program.buffers[i].dtype).bytes + 40) / 64) * 64;
    return at;
  });
  const memory = new WebAssembly.Memory({ initial: Math.ceil((top + 64) / 65536) });
  const views = viewsOf(memory.buffer);
  views.u8.fill(0xa5);
  const view = (i: number): Elements =>
    new (dtypeInfo(program.buffers[i].dtype).array)(
      memory.buffer as ArrayBuffer,
      places[i],
      buffers[i].size,
    ) as Elements;
  buffers.forEach(({ data }, i) => {
    if (data) view(i).set(data);
  });
  sizes.forEach((n, d) => (views.i32[block / 4 + d] = n));
  places.forEach((at, i) => (views.i32[block / 4 + layout.buffers + i] = at));
  params.forEach((value, i) => writeParam(views, block / 4 + layout.params[i], program.params[i], value));
  const before = views.u8.slice();
  const run = instantiateKernel(emitSpmd(staged, { shared: false }), memory);
  const total = sizes.reduce((a, b) => a * b, 1);
  const points = [0, ...cuts.filter((c) => c > 0 && c < total).sort((a, b) => a - b), total];
  for (let i = points.length - 2; i >= 0; i--) run(block, points[i], points[i + 1], 0);
  const results = buffers.map((_, i) => view(i).slice() as Elements);
  // Nothing else was written.
  program.buffers.forEach(({ use }, i) => {
    const bytes = buffers[i].size * dtypeInfo(program.buffers[i].dtype).bytes;
    if (use === "output") views.u8.set(before.subarray(places[i], places[i] + bytes), places[i]);
  });
  const changed = views.u8.findIndex((v, i) => v !== before[i]);
  if (changed >= 0) expect.fail(`byte ${changed} outside of the outputs was written`);
  return results;
}

/** Fails unless both are equal bit for bit; NaNs count as equal. */
export function expectEqual(got: readonly Elements[], expected: readonly Elements[], what = ""): void {
  expected.forEach((list, k) => {
    for (let i = 0; i < list.length; i++) {
      if (!Object.is(got[k][i], list[i])) {
        expect.fail(`${what} buffer ${k}, element ${i}: got ${got[k][i]}, expected ${list[i]}`);
      }
    }
  });
}

/** Checks a program, runs it both ways and compares. */
export function compareProgram(launch: ProgramLaunch): void {
  checkProgram(launch.program);
  expectEqual(compiled(launch), oracle(launch));
}
