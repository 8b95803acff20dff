import { describe, expect, it } from "vitest";
import { configure, withDevice } from "@ansatz/tensor";
import { randomProgram } from "../support/programs.ts";
import { seeded } from "../support/random.ts";
import { testDevices } from "../support/devices.ts";

const devices = await testDevices();
const PROGRAMS = 150;

/** Numbers grow by products and sums: compare relative to the size of the whole result. */
function expectClose(got: ArrayLike<number>, want: readonly number[], tolerance: number, what: string): void {
  const scale = Math.max(1, ...want.map((v) => Math.abs(v)));
  for (let i = 0; i < want.length; i++) {
    const error = Math.abs(got[i] - want[i]);
    if (!(error <= tolerance * scale) && !Object.is(got[i], want[i])) {
      expect.fail(`${what}: element ${i} is ${got[i]}, expected ${want[i]}`);
    }
  }
}

describe.each(devices)("random programs on %s", (device) => {
  const dtypes = device === "webgpu" ? (["f32"] as const) : (["f32", "f64"] as const);
  it.each(dtypes)(
    "%s: everything that is read equals the naive result",
    async (dtype) => {
      const count = { cpu: PROGRAMS, js: PROGRAMS / 3 }[device] ?? 12;
      for (let seed = 0; seed < count; seed++) {
        const r = seeded(seed);
        const values = withDevice(device, () => randomProgram(r, 14, dtype, device));
        // Read some results in a random order: laziness must not show.
        const order = values.map((_, i) => i).sort(() => r.next() - 0.5);
        for (const i of order) {
          const { t, n } = values[i];
          expect(t.shape).toEqual(n.shape);
          const data = await t.data();
          expectClose(data, n.data, dtype === "f32" ? 2e-5 : 1e-12, `seed ${seed}, value ${i}`);
        }
      }
    },
    60_000,
  );
});

describe("random programs", () => {
  it("do not change when every operation is evaluated at once", async () => {
    const before = configure({ eager: true });
    try {
      for (let seed = 2000; seed < 2040; seed++) {
        const values = randomProgram(seeded(seed), 14, "f64", "cpu");
        for (const { t, n } of values) expectClose(await t.data(), n.data, 1e-12, `seed ${seed}`);
      }
    } finally {
      configure(before);
    }
  });

  it("give the same bits on js and cpu", async () => {
    const before = configure({ precision: "strict" });
    try {
      for (let seed = 1000; seed < 1060; seed++) {
        const runs = ["js", "cpu"].map((device) =>
          withDevice(device, () => randomProgram(seeded(seed), 14, "f32", device)),
        );
        for (let i = 0; i < runs[0].length; i++) {
          expect([...(await runs[1][i].t.data())], `seed ${seed}, value ${i}`).toEqual([
            ...(await runs[0][i].t.data()),
          ]);
        }
      }
    } finally {
      configure(before);
    }
  });
});
