import { afterAll, describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { expectClose, gradcheck } from "@ansatz/tensor/testing";
import { testDevices } from "../support/devices.ts";
import { seeded } from "../support/random.ts";
import { backproject, project } from "./examples/joseph.ts";
import { sequencePoints, sequenceTables } from "./examples/sobol.ts";

const devices = await testDevices();

afterAll(() => T.configure({ threads: 1 }));

function numbers(seed: number, count: number): Float64Array<ArrayBuffer> {
  const r = seeded(seed);
  return Float64Array.from({ length: count }, () => r.next() - 0.5);
}

/** Joseph's method as its definition, in doubles. */
function projectPlainly(
  image: Float64Array,
  [rows, columns]: readonly [number, number],
  angles: readonly number[],
  detectors: number,
): Float64Array {
  const out = new Float64Array(angles.length * detectors);
  angles.forEach((angle, v) => {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    for (let d = 0; d < detectors; d++) {
      const distance = d - (detectors - 1) / 2;
      const byRows = Math.abs(s) <= Math.abs(c);
      let sum = 0;
      for (let step = 0; step < (byRows ? rows : columns); step++) {
        const across = byRows ? columns : rows;
        // The ray x c + y s = distance at this row (or column), in pixels.
        const along = step - ((byRows ? rows : columns) - 1) / 2;
        const at = (distance - along * (byRows ? s : c)) / (byRows ? c : s) + (across - 1) / 2;
        const low = Math.floor(at);
        for (const [p, w] of [
          [low, 1 - (at - low)],
          [low + 1, at - low],
        ]) {
          if (p >= 0 && p < across) sum += w * image[byRows ? step * columns + p : p * columns + step];
        }
      }
      out[v * detectors + d] = sum / Math.abs(byRows ? c : s);
    }
  });
  return out;
}

const ANGLES = [0, 0.3, 0.785, 0.79, Math.PI / 2, 2, 2.5, 3, -1.2];

/** cos and sin of the angles as tensors. */
function directions(device: string, f64: boolean): [Tensor, Tensor] {
  return [Math.cos, Math.sin].map((f) => {
    const values = ANGLES.map((a) => f(a));
    return T.tensor(f64 ? Float64Array.from(values) : Float32Array.from(values), { device });
  }) as [Tensor, Tensor];
}

describe.each(devices)("a Joseph projector on %s", (device) => {
  const wide = device !== "webgpu";
  const make = (data: Float64Array<ArrayBuffer>, shape: readonly number[]): Tensor =>
    T.tensor(wide ? data : Float32Array.from(data), { shape, device });

  it.each([
    [[6, 6], 9],
    [[5, 8], 13],
    [[9, 4], 3],
  ] as const)("of an image %j on %i detectors equals its definition", async ([rows, columns], detectors) => {
    const image = numbers(1, rows * columns);
    const got = await project(make(image, [rows, columns]), ...directions(device, wide), detectors).data();
    const expected = projectPlainly(image, [rows, columns], ANGLES, detectors);
    // A ray along a line of pixels may fall on either side of a rounding; the values are equal to within it.
    expectClose([...got], [...expected], { absolute: wide ? 1e-12 : 2e-5, relative: 0 });
  });

  it("has a matched adjoint", async () => {
    for (const [rows, columns, detectors] of [
      [7, 7, 11],
      [4, 9, 6],
      [8, 5, 14],
    ]) {
      const [x, y] = [numbers(2, rows * columns), numbers(3, ANGLES.length * detectors)];
      const [cos, sin] = directions(device, wide);
      const ax = await project(make(x, [rows, columns]), cos, sin, detectors).data();
      const aty = await backproject(make(y, [ANGLES.length, detectors]), cos, sin, [rows, columns]).data();
      const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
        Array.from(a).reduce((sum, v, i) => sum + v * b[i], 0);
      expect(Math.abs(dot(ax, y) - dot(x, aty))).toBeLessThan(wide ? 1e-12 : 2e-4);
    }
  });
});

describe("a Joseph projector", () => {
  it("is differentiable, twice", async () => {
    const [cos, sin] = directions("cpu", true);
    const image = T.tensor(numbers(4, 20), { shape: [4, 5] }) as Tensor<"f64">;
    const loss = (x: Tensor): Tensor => T.sum(T.square(project(x, cos, sin, 7)));
    await gradcheck(loss, [image]);
    // The Hessian of |A x|^2 is 2 A^T A.
    const direction = T.tensor(numbers(5, 20), { shape: [4, 5] });
    const { tangent } = T.jvp(T.grad(loss), [image], [direction]) as { tangent: Tensor };
    const expected = T.mul(backproject(project(direction, cos, sin, 7), cos, sin, [4, 5]), 2);
    expectClose([...(await tangent.data())], [...(await expected.data())], { relative: 1e-12, absolute: 1e-12 });
  });

  it("gives the same bits on js and cpu, for any number of threads", async () => {
    const image = Float32Array.from(numbers(6, 30 * 33));
    const run = async (device: string): Promise<ArrayLike<number>> => {
      const x = T.tensor(image, { shape: [30, 33], device });
      const [cos, sin] = directions(device, false);
      return backproject(project(x, cos, sin, 50), cos, sin, [30, 33]).data();
    };
    const expected = await run("js");
    for (const threads of [1, 2, 3]) {
      T.configure({ threads });
      expect(await run("cpu")).toEqual(expected);
    }
  });
});

/** Direction numbers of any sequence: the lower-triangular random bits of a scrambled one. */
function someDirections(dimensions: number): Uint32Array<ArrayBuffer> {
  const r = seeded(9);
  return Uint32Array.from({ length: 32 * dimensions }, (_, i) => {
    const bit = Math.floor(i / dimensions);
    return ((2 ** (31 - bit) + r.next() * 2 ** (31 - bit)) >>> 0) | (r.int(0, 1) << (31 - bit));
  });
}

/** Coordinate `d` of point `n` as its definition. */
function coordinate(directions: Uint32Array, dimensions: number, n: number, d: number): number {
  let bits = 0;
  for (let k = 0; k < 32; k++) if (Math.floor(n / 2 ** k) % 2 === 1) bits ^= directions[k * dimensions + d];
  return (bits >>> 8) / 2 ** 24;
}

describe.each(devices)("a digital sequence on %s", (device) => {
  it.each([
    [0, 700, 1],
    [0, 256, 4],
    [12345, 300, 5],
    [255, 3, 7],
    [2 ** 31 - 10, 20, 3],
    [2 ** 32 - 40, 40, 9],
  ])("from %i on, %i points of %i coordinates", async (start, count, dimensions) => {
    const table = someDirections(dimensions);
    const got = await sequencePoints(sequenceTables(table, dimensions, device), start, count).data();
    const expected = Float32Array.from({ length: count * dimensions }, (_, i) => {
      return coordinate(table, dimensions, start + Math.floor(i / dimensions), i % dimensions);
    });
    expect(got).toEqual(expected);
  });
});

describe("a digital sequence", () => {
  it("begins with van der Corput's for the first coordinate of Sobol's", async () => {
    const table = Uint32Array.from({ length: 32 }, (_, bit) => 2 ** (31 - bit));
    const got = await sequencePoints(sequenceTables(table, 1), 0, 8).data();
    expect([...got]).toEqual([0, 1 / 2, 1 / 4, 3 / 4, 1 / 8, 5 / 8, 3 / 8, 7 / 8]);
  });

  it("starts anywhere without a new plan", async () => {
    const tables = sequenceTables(someDirections(3), 3);
    await sequencePoints(tables, 1, 10).data();
    const before = T.memory();
    await sequencePoints(tables, 77, 10).data();
    expect([T.memory().kernels, T.memory().plans]).toEqual([before.kernels, before.plans]);
  });
});
