/**
 * Every operation, its gradient, and random programs on Dawn's null backend: it validates each generated shader, pipeline
 * and binding completely and computes nothing, so that this needs no driver.
 */
import { afterAll, describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import * as L from "@ansatz/tensor/linalg";
import { ELEMENTWISE } from "@ansatz/tensor/testing";
import { webgpu } from "@ansatz/tensor/webgpu";
import { createDawn } from "@ansatz/webgpu-testing/dawn";
import { randomProgram as randomOperations } from "../support/programs.ts";
import { seeded } from "../support/random.ts";
import { argumentsOf, OPERATIONS } from "./everyOperation.ts";

const dawn = await createDawn({ backend: "null" });
if (dawn.status !== "ready") throw new Error(`the null backend needs nothing of the machine (got ${dawn.reason})`);
const gpu = await webgpu({ gpu: dawn.gpu });

afterAll(() => {
  gpu.destroy();
  dawn.release();
});

const listOf = (result: Tensor | readonly Tensor[]): readonly Tensor[] => (T.isTensor(result) ? [result] : result);

function attempt(f: () => unknown): unknown {
  try {
    f();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Compiles and submits what computes the tensors, and fails with the device's complaint. */
async function validate(tensors: readonly Tensor[]): Promise<void> {
  for (const t of tensors) {
    expect(t.device).toBe("webgpu");
    t.eval();
  }
  await gpu.settle();
}

const cases = Object.values(OPERATIONS).flatMap((group) => Object.entries(group));
// Of f32, `astype` makes integers.
const float = cases.filter(([name, { is }]) => is !== undefined && name !== "astype");

describe("shaders of every operation are valid", () => {
  it.each(cases)("%s", async (_, operation) => {
    await validate(listOf(operation.run(...argumentsOf(operation, "webgpu", "f32"))));
  });

  it.each(float)("the gradient of %s", async (_, operation) => {
    const args = argumentsOf(operation, "webgpu", "f32");
    const count = operation.is === "smooth" ? args.length : 1;
    const f = (...x: Tensor[]): Tensor => listOf(operation.run(...x, ...args.slice(count)))[0];
    const { value, pull } = T.vjp(f, ...args.slice(0, count));
    await validate(pull(T.onesLike(value)));
  });

  const DTYPES = ["f32", "i32", "u32", "bool"] as const;
  const table = ELEMENTWISE.flatMap(({ apply, domain }) =>
    DTYPES.map((dtype) => ({ name: apply.name, dtype, apply, domain })),
  );
  it.each(table)("$name of $dtype", async ({ dtype, apply, domain }) => {
    const [whole, odd] = [
      [64, 1024],
      [3, 5],
    ].map((shape) => domain.map(() => T.ones(shape, { dtype, device: "webgpu" }).eval()));
    const results = (): Tensor[] => [
      // In vectors of four, one by one, and broadcast.
      apply(...whole),
      ...(dtype === "f32" ? [apply(...odd.map((t) => T.transpose(t)))] : []),
      ...(dtype === "f32" && domain.length === 2 ? [apply(whole[0], T.slice(whole[1], [null, [0, 1]]))] : []),
    ];
    // Not every operation has a meaning for every type.
    const refused = attempt(results);
    if (refused !== undefined) expect(refused).toBeInstanceOf(T.DTypeError);
    else await validate(results());
  });
});

describe("shaders of factorizations by blocks are valid", () => {
  const factorizations: Record<string, (a: Tensor, b: Tensor) => readonly Tensor[]> = {
    cholesky: (a) => [L.cholesky(a)],
    triangularSolve: (a, b) => [L.triangularSolve(a, b), L.triangularSolve(a, b, { lower: false, unitDiagonal: true })],
    lu: (a, b) => [...Object.values(L.lu(a)), ...Object.values(L.lu(b)), ...Object.values(L.lu(T.transpose(b)))],
    solve: (a, b) => [L.solve(a, b)],
    qr: (a, b) => [...Object.values(L.qr(a)), ...Object.values(L.qr(b, { complete: true }))],
    svd: (_, b) => [...Object.values(L.svd(b, { full: true })), L.svdvals(b), ...Object.values(L.svd(T.transpose(b)))],
    pinv: (_, b) => [L.pinv(b), L.pinv(T.transpose(b))],
    eigh: (a) => [
      ...Object.values(L.eigh(T.slice(a, [null, [0, 9], [0, 9]]))),
      L.eigvalsh(T.slice(a, [null, [0, 1], [0, 1]])),
    ],
  };
  it.each(
    Object.entries(factorizations).flatMap(([name, f]) =>
      (["f32", "c64"] as const).map((dtype) => ({ name, dtype, f })),
    ),
  )("$name of $dtype", async ({ dtype, f }) => {
    const [a, b] = [
      [2, 70, 70],
      [70, 5],
    ].map((shape) => {
      const x = T.ones(shape, { device: "webgpu" }).eval();
      return dtype === "f32" ? x : T.complex(x, T.mul(x, 0.5));
    });
    await validate(f(a, b));
  });
});

describe("shaders of random programs are valid", () => {
  it("of operations", async () => {
    for (let seed = 300; seed < 330; seed++) {
      const values = T.withDevice("webgpu", () => randomOperations(seeded(seed), 14, "f32", "webgpu"));
      await validate(values.map(({ t }) => t));
    }
  });
});
