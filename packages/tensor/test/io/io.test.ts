import { describe, expect, it } from "vitest";
import { ArgumentError, FormatError } from "../../src/errors.ts";
import { readNpy, readSafetensors, writeNpy, writeSafetensors } from "../../src/io.ts";
import { tensor } from "../../src/ops/create.ts";
import { mul } from "../../src/ops/arith.ts";
import { permute } from "../../src/ops/movement.ts";
import { NPY_FIXTURES } from "./npyFixtures.ts";

describe("npy", () => {
  it("round-trips tensors through NumPy's bytes", async () => {
    for (const { base64, dtype, shape, values, roundTrip } of NPY_FIXTURES) {
      const file = new Uint8Array(Buffer.from(base64, "base64"));
      const t = readNpy(file);
      expect([t.dtype, t.shape, Array.from(await t.data())]).toEqual([dtype, shape, values]);
      if (roundTrip) expect(await writeNpy(t)).toEqual(file);
      expect(Array.from(await readNpy(await writeNpy(t)).data())).toEqual(values);
    }
  });

  it("reads an ArrayBuffer and writes computed tensors in C order", async () => {
    const t = mul(
      permute(
        tensor([
          [1, 2, 3],
          [4, 5, 6],
        ]),
      ),
      2,
    );
    const bytes = await writeNpy(t);
    const copy = readNpy(bytes.slice().buffer);
    expect([copy.shape, Array.from(copy.dataSync())]).toEqual([
      [3, 2],
      [2, 8, 4, 10, 6, 12],
    ]);
  });

  it("checks its arguments", async () => {
    expect(() => readNpy("x.npy" as never)).toThrow(ArgumentError);
    expect(() => readNpy("x.npy" as never)).toThrow(
      "readNpy: expected the bytes of a file (got String, expected a Uint8Array or an ArrayBuffer).",
    );
    expect(() => readNpy(new Uint8Array(10))).toThrow(FormatError);
    expect(() => readNpy(new Uint8Array(10), { dtype: "f32" } as never)).toThrow(
      'readNpy: unknown option (got "dtype", expected one of device, keepHalves).',
    );
    await expect(writeNpy([1] as never)).rejects.toThrow("writeNpy: the argument must be a tensor (got object).");
  });
});

describe("safetensors", () => {
  const weights = {
    "layer.weight": tensor([
      [0.1, 0.2],
      [0.3, 70000],
    ]),
    bias: tensor([1, 2, 3], { dtype: "f64" }),
    steps: tensor(7, { dtype: "i32" }),
    mask: tensor([true, false, true]),
    ids: tensor(Uint32Array.of(4294967295)),
  };

  it("round-trips names, shapes, types, values and metadata", async () => {
    const bytes = await writeSafetensors(weights, { metadata: { epoch: "3" } });
    const { tensors, metadata } = readSafetensors(bytes);
    expect(metadata).toEqual({ epoch: "3" });
    expect(Object.keys(tensors).toSorted()).toEqual(Object.keys(weights).toSorted());
    for (const [name, t] of Object.entries(weights)) {
      const copy = tensors[name];
      expect([name, copy.dtype, copy.shape, await copy.data()]).toEqual([name, t.dtype, t.shape, await t.data()]);
    }
    const some = readSafetensors(bytes, { names: ["mask"], device: "js" }).tensors;
    expect(Object.keys(some)).toEqual(["mask"]);
    expect(some.mask.device).toBe("js");
  });

  it("stores halves on request", async () => {
    const bytes = await writeSafetensors({ w: tensor([0.1, 2]), n: weights.steps }, { storage: "f16" });
    const { tensors } = readSafetensors(bytes.buffer as ArrayBuffer);
    expect([tensors.w.dtype, Array.from(tensors.w.dataSync())]).toEqual(["f32", [0.0999755859375, 2]]);
    expect(tensors.n.dtype).toBe("i32");
    await expect(writeSafetensors(weights, { storage: "f16" })).rejects.toThrow(
      'writeSafetensors: tensor "layer.weight": element 3 does not fit into f16 (got 70000, expected at most 65504 in size).',
    );
  });

  it("checks its arguments", async () => {
    expect(() => readSafetensors(5 as never)).toThrow("readSafetensors: expected the bytes of a file (got Number");
    expect(() => readSafetensors(new Uint8Array(1))).toThrow(FormatError);
    expect(() => readSafetensors(new Uint8Array(1), { only: [] } as never)).toThrow(
      'readSafetensors: unknown option (got "only", expected one of device, keepHalves, names).',
    );
    expect(() => readSafetensors(new Uint8Array(1), { names: "w" as never })).toThrow(
      'readSafetensors: names must be an array of texts (got "w").',
    );
    await expect(writeSafetensors(weights, { storage: "bf16" as never })).rejects.toThrow(
      'writeSafetensors: unknown storage (got "bf16", expected "f16" or nothing).',
    );
    await expect(writeSafetensors(weights, { meta: {} } as never)).rejects.toThrow(
      'writeSafetensors: unknown option (got "meta", expected one of metadata, storage).',
    );
    await expect(writeSafetensors([weights.bias] as never)).rejects.toThrow(
      "writeSafetensors: the first argument must be an object from names to tensors (got [a Tensor]).",
    );
    await expect(writeSafetensors({ a: { b: weights.bias } } as never)).rejects.toThrow(
      'writeSafetensors: "a" must be a tensor (got object).',
    );
  });

  it("reports disposed tensors", async () => {
    const t = tensor([1]);
    t.dispose();
    await expect(writeSafetensors({ t })).rejects.toThrow("data: tensor was disposed or donated");
  });
});
