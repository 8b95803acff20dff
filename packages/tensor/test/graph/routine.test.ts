import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import type { JsOperand, Routine } from "../../src/backend/backend.ts";
import { lowerRoutine } from "../../src/graph/lowerRoutine.ts";
import { defineOp, type RoutineOp } from "../../src/graph/op.ts";
import { recordRoutine } from "../../src/ops/routine.ts";

/** Sum and position of the maximum of every row: two outputs of different shapes and types. */
function rows([x]: readonly JsOperand[], [sums, positions, ends]: readonly JsOperand[]): void {
  const [m, n] = x.shape;
  for (let i = 0; i < m; i++) {
    let best = 0;
    let total = 0;
    for (let j = 0; j < n; j++) {
      const at = (k: number): number => x.data[x.offset + i * x.strides[0] + k * x.strides[1]];
      total += at(j);
      if (at(j) > at(best)) best = j;
    }
    sums.data[sums.offset + i] = total;
    positions.data[positions.offset + i] = best;
    for (let k = 0; k < 2; k++) {
      ends.data[ends.offset + 2 * i + k] = x.data[x.offset + i * x.strides[0] + (k === 0 ? 0 : n - 1) * x.strides[1]];
    }
  }
}

const ROUTINE: Routine = { name: "rows", js: rows };
const ROWS: RoutineOp = defineOp<RoutineOp>({
  kind: "routine",
  name: "rows",
  schedule: lowerRoutine,
  routine: ROUTINE,
  strided: [true],
  more: ({ ins: [x] }) => [
    { shape: [x.shape[0]], dtype: "i32" },
    { shape: [x.shape[0], 2], dtype: x.dtype },
  ],
});

function apply(x: Tensor): [Tensor, Tensor, Tensor] {
  return recordRoutine(ROWS, [x], [x.shape[0]], x.dtype, null) as [Tensor, Tensor, Tensor];
}

describe.each(["js", "cpu"])("a routine with several outputs on %s", (device) => {
  const x = (): Tensor =>
    T.tensor(
      [
        [3, 9, 1],
        [7, 2, 5],
      ],
      { device },
    );

  it("gives all of them", async () => {
    const [sums, positions, ends] = apply(T.add(x(), 1));
    expect([...(await positions.data())]).toEqual([1, 0]);
    expect([...(await ends.data())]).toEqual([4, 2, 8, 6]);
    expect([...(await sums.data())]).toEqual([16, 17]);
  });

  it("reads through views, and its outputs fuse onwards", async () => {
    const [sums, positions] = apply(T.transpose(x()));
    const y = T.add(T.mul(sums, 10), T.astype(positions, "f32"));
    expect([...(await y.data())]).toEqual([101, 110, 61]);
  });

  it("computes only what is asked for, in any order", async () => {
    const [, positions, ends] = apply(x());
    const z = T.sum(T.mul(ends, 2));
    expect(await z.item()).toBe(2 * (3 + 1 + 7 + 5));
    expect([...(await positions.data())]).toEqual([1, 0]);
  });

  it.each([
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ])("gives them one after the other: %i, %i, %i", async (...order) => {
    const expected = [
      [13, 14],
      [1, 0],
      [3, 1, 7, 5],
    ];
    const outputs = apply(x());
    for (const i of order) expect([...(await outputs[i].data())]).toEqual(expected[i]);
    // The same where the first use of an output is part of something else.
    const again = apply(x());
    for (const i of order) {
      expect([...(await T.mul(again[i], 2).data())]).toEqual(expected[i].map((v) => 2 * v));
      expect([...(await T.add(again[i], 1).data())]).toEqual(expected[i].map((v) => v + 1));
    }
  });

  it("gives them all when everything is evaluated at once", async () => {
    T.configure({ eager: true });
    try {
      const [sums, positions, ends] = apply(x());
      expect([...(await positions.data()), ...(await ends.data()), ...(await sums.data())]).toEqual([
        1, 0, 3, 1, 7, 5, 13, 14,
      ]);
    } finally {
      T.configure({ eager: false });
    }
  });

  it("gives them inside a function that is differentiated", async () => {
    const seen: number[][] = [];
    const g = T.grad((a: Tensor) => {
      const [sums, positions, ends] = apply(T.mul(a, 1));
      for (const t of [sums, ends, positions]) seen.push([...(t.dataSync() as Float32Array)]);
      for (const t of [sums, ends, positions]) seen.push([...(T.add(t, 1).dataSync() as Float32Array)]);
      return T.sum(a);
    })(x());
    expect([...(await (g as Tensor).data())]).toEqual([1, 1, 1, 1, 1, 1]);
    const values = [
      [13, 14],
      [3, 1, 7, 5],
      [1, 0],
    ];
    expect(seen).toEqual([...values, ...values.map((v) => v.map((e) => e + 1))]);
  });

  it("runs inside a compiled function", async () => {
    const f = T.compile((a: Tensor) => {
      const [sums, positions] = apply(a);
      return { sums, positions };
    });
    const { sums, positions } = f(x()) as { sums: Tensor; positions: Tensor };
    expect([...(await sums.data()), ...(await positions.data())]).toEqual([13, 14, 1, 0]);
  });
});
