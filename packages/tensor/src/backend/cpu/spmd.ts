/**
 * Compiles a program to a WebAssembly module: neighbouring units along the last parallel loop share vectors. The program
 * is written twice, for whole vectors of units and for single ones at the end of a row, with the same instructions for
 * every operation, so that the bits are those of the oracle in `kernel/programInterp.ts` however the units are divided.
 */
import { isWideProgram, programExprs, programLayout, type Register } from "../../kernel/program.ts";
import type { StagedProgram } from "../../kernel/programOptimize.ts";
import type { Expr, Ty } from "../../kernel/expr.ts";
import { wasmModule, type Local } from "./asm.ts";
import { pushConst } from "./emitOp.ts";
import { analyze, isIntegral, type Analysis } from "./spmdAnalysis.ts";
import { blockWriter } from "./spmdControl.ts";
import { reversalFor } from "./spmdIdioms.ts";
import { constantKey, type SpmdState } from "./spmdState.ts";
import { settle, vectorConstants, vectorLeaves } from "./spmdValues.ts";

/** Number of units that share a vector: 2 when any 64-bit value occurs in the program, otherwise 4. */
export function programLanes(program: StagedProgram): 2 | 4 {
  return isWideProgram(program, [program.launch, program.row, program.body]) ? 2 : 4;
}

/** What each of the two versions of a program needs. */
interface Version {
  readonly analysis: Analysis;
  readonly live: number;
}

/** Constants and integers that are needed as vectors by one of the versions. */
function collect(exprs: readonly Expr[], versions: readonly Version[]) {
  const constants = new Map<string, { readonly ty: Ty; readonly value: number | bigint }>();
  const leaves = { acc: new Set<Register>(), param: new Set<number>() };
  for (const { analysis } of versions) {
    vectorConstants(exprs, analysis.isScalar, constants);
    vectorLeaves(exprs, analysis.isScalar, leaves);
  }
  return { constants, leaves };
}

/**
 * Bytes of a module that imports `env.memory` and exports `run(pp, lo, hi, scratch)`: it reads its parameter block (see
 * `programLayout`) at byte `pp` and computes units [lo, hi), counted with the last loop fastest. `scratch` is not used.
 */
export function emitSpmd(program: StagedProgram, memory: { readonly shared: boolean }): Uint8Array<ArrayBuffer> {
  const module = wasmModule({ shared: memory.shared });
  const layout = programLayout(program);
  const lanes = programLanes(program);
  const vectors: Version = { analysis: analyze(program, 1), live: lanes };
  const singles: Version = { analysis: analyze(program, 0), live: 1 };
  const exprs: Expr[] = [program.launch, program.row, program.body].flatMap((stage) => programExprs(stage));
  const { constants, leaves } = collect(exprs, [vectors, singles]);
  const { dims, registers } = program;

  module.func({ params: ["i32", "i32", "i32", "i32"], name: "run" }, (f) => {
    const [block, lo, hi] = f.params;
    const loadWord = (word: number): Local => {
      const local = f.local("i32");
      f.get(block)
        .mem("i32.load", 4 * word)
        .set(local);
      return local;
    };
    const bases = program.buffers.map((_, i) => loadWord(layout.buffers + i));
    const spreadBases = bases.map((base) => {
      const local = f.local("v128");
      f.get(base).op("i32x4.splat").set(local);
      return local;
    });
    const held = new Map<string, Local>();
    const s: SpmdState = {
      f,
      lanes,
      free: { i32: [], v128: [] },
      copy: 0,
      program,
      analysis: singles.analysis,
      live: 1,
      mask: undefined,
      places: new Map(),
      bases,
      spreadBases,
      params: program.params.map(() => ({ scalar: undefined, vector: undefined })),
      constants: held,
      reversal: reversalFor(f, exprs),
    };
    for (const { ty, value } of constants.values()) {
      const local = f.local("v128");
      pushConst(s, ty, value);
      f.set(local);
      held.set(constantKey(ty, value), local);
    }
    program.params.forEach((ty, i) => {
      const offset = 4 * layout.params[i];
      f.get(block);
      if (isIntegral(ty)) f.mem("i32.load", offset);
      else f.mem(ty === "f64" ? "v128.load64_splat" : "v128.load32_splat", offset);
      if (ty === "bool") f.i32Const(0).op("i32.ne");
      settle(s, ty, isIntegral(ty), 0, leaves.param.has(i), s.params[i]);
    });
    const sizes = Array.from({ length: dims }, (_, d) => loadWord(d));
    const writer = blockWriter(s, leaves.acc);
    const define = (r: Register, stride: number): void => {
      let place = s.places.get(r);
      if (place === undefined) s.places.set(r, (place = { scalar: undefined, vector: undefined }));
      settle(s, registers[r], true, stride, leaves.acc.has(r), place);
    };

    /** Units from `at` to `end` of one row, by one version, as long as enough are left. */
    const units = (version: Version, at: Local, end: Local): void => {
      s.analysis = version.analysis;
      s.live = version.live;
      const pushMore = (): void => {
        f.get(end, at).op("i32.sub").i32Const(version.live).op("i32.ge_u");
      };
      pushMore();
      f.if(() => {
        f.loop((again) => {
          f.get(at);
          define(dims - 1, version.live === 1 ? 0 : 1);
          writer.open(program.body)();
          f.increment(at, version.live);
          pushMore();
          f.brIf(again);
        });
      });
      s.analysis = singles.analysis;
      s.live = 1;
    };
    const row = (at: Local, end: Local): void => {
      units(vectors, at, end);
      units(singles, at, end);
    };

    f.get(lo, hi).op("i32.lt_u");
    f.if(() => {
      const at = f.local("i32");
      const end = f.local("i32");
      writer.open(program.launch);
      if (dims === 1) {
        f.get(lo).set(at).get(hi).set(end);
        writer.open(program.row);
        row(at, end);
        return;
      }
      const inner = sizes[dims - 1];
      const left = f.local("i32");
      const outer = f.local("i32");
      f.get(hi, lo).op("i32.sub").set(left);
      f.get(lo, inner).op("i32.div_u").set(outer);
      f.get(lo, inner).op("i32.rem_u").set(at);
      f.loop((again) => {
        const rest = f.local("i32");
        f.get(outer).set(rest);
        for (let d = dims - 2; d >= 0; d--) {
          f.get(rest);
          if (d > 0) f.get(sizes[d]).op("i32.rem_u");
          define(d, 0);
          if (d > 0) f.get(rest, sizes[d]).op("i32.div_u").set(rest);
        }
        writer.open(program.row);
        // The row ends where it or the range of units does.
        f.get(inner, at).op("i32.sub").set(end);
        f.get(left, end, left, end).op("i32.lt_u", "select").set(end);
        f.get(left, end).op("i32.sub").set(left);
        f.sum(end, end, at);
        row(at, end);
        f.i32Const(0).set(at);
        f.increment(outer, 1).get(left).brIf(again);
      });
    });
  });
  return module.bytes();
}
