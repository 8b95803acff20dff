import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FACTORIZATIONS } from "../src/peers/matrices.ts";
import { ours } from "../src/peers/ours.ts";
import { peers } from "../src/peers/registry.ts";
import type { Prepared, Work } from "../src/peers/work.ts";
import { closePeers, openPeers, type OpenPeer } from "../src/suites/openPeers.ts";

/** Every kind of work at a small size, and how far results may be apart. */
const WORKS: [Work, number][] = [
  [{ kind: "affineChain", size: 1000 }, 1e-6],
  [{ kind: "tanhChain", size: 1000 }, 1e-6],
  [{ kind: "expChain", size: 1000 }, 1e-6],
  [{ kind: "scalarChain", size: 64 }, 1e-5],
  [{ kind: "matmul", n: 33, dtype: "f32" }, 1e-4],
  [{ kind: "matmul", n: 33, dtype: "f64" }, 1e-12],
  ...(["f64", "c128"] as const).flatMap((dtype) =>
    FACTORIZATIONS.map((factorization): [Work, number] => [{ kind: "factor", factorization, n: 33, dtype }, 1e-10]),
  ),
  [{ kind: "softmax", rows: 8, columns: 33 }, 1e-6],
  [{ kind: "layerNorm", rows: 8, columns: 33 }, 1e-5],
  [{ kind: "sum", rows: 8, columns: 33, axis: null }, 1e-4],
  [{ kind: "sum", rows: 8, columns: 33, axis: 0 }, 1e-5],
  [{ kind: "sum", rows: 8, columns: 33, axis: 1 }, 1e-5],
  [{ kind: "fft", shape: [64], dtype: "c64" }, 1e-4],
  [{ kind: "fft", shape: [64], dtype: "c128" }, 1e-11],
  [{ kind: "fft", shape: [16, 8], dtype: "c128" }, 1e-11],
  [{ kind: "conv2d", batch: 2, channels: 3, outputs: 4, size: 7 }, 1e-4],
  [{ kind: "conv2dGradients", batch: 2, channels: 3, outputs: 4, size: 7 }, 1e-4],
  [{ kind: "adam", size: 100 }, 1e-6],
];

let open: OpenPeer[] = [];
beforeAll(async () => {
  open = await openPeers();
});
afterAll(() => closePeers(open));

describe("the peers", () => {
  it("are all there, but for Python", () => {
    const missing = open.filter(({ peer }) => peer === null).map(({ name }) => name);
    expect(missing.filter((name) => name !== "NumPy")).toEqual([]);
    expect(open.map(({ name }) => name)).toEqual(peers.map(({ name }) => name));
  });

  it.each(WORKS)("do the same work: %j", async (work, tolerance) => {
    const mine = (await ours.prepare(work)) as Prepared;
    await mine.time(2, "wall");
    const want = await mine.result();
    for (const { name, peer } of open) {
      const prepared = await peer?.prepare(work);
      if (prepared === undefined) continue;
      expect(await prepared.time(2, "cpu"), name).toBeGreaterThanOrEqual(0);
      const got = await prepared.result();
      expect(got.length, name).toBe(want.length);
      let worst = 0;
      for (let i = 0; i < want.length; i++) worst = Math.max(worst, Math.abs(got[i] - want[i]));
      expect(worst, name).toBeLessThanOrEqual(tolerance);
      prepared.release();
    }
    mine.release();
  });
});
