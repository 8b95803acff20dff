import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { DType, Tensor } from "@ansatz/tensor";
import { einsum } from "@ansatz/tensor/einsum";
import { expectClose, gradcheck } from "@ansatz/tensor/testing";
import { testDevices } from "../support/devices.ts";
import { stridesOf, volume } from "../support/grid.ts";
import { seeded, type Random } from "../support/random.ts";

const devices = await testDevices();

interface Operand {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** The definition: for all values of all letters, the product of the elements goes to the element of the result. */
function naive(terms: readonly string[], output: string, operands: readonly Operand[]): Operand {
  const sizes = new Map<string, number>();
  terms.forEach((term, i) =>
    Array.from(term).forEach((letter, d) =>
      sizes.set(letter, Math.max(sizes.get(letter) ?? 1, operands[i].shape[d]))),
  ); // prettier-ignore
  const letters = [...sizes.keys()];
  const all = letters.map((letter) => sizes.get(letter)!);
  const shape = Array.from(output).map((letter) => sizes.get(letter)!);
  const data = new Array<number>(volume(shape)).fill(0);
  const strides = stridesOf(all);
  for (let i = 0; i < volume(all); i++) {
    const at = (letter: string): number => {
      const d = letters.indexOf(letter);
      return Math.floor(i / strides[d]) % all[d];
    };
    const offset = (term: string, of: readonly number[]): number => {
      const s = stridesOf(of);
      return Array.from(term).reduce((sum, letter, d) => sum + (of[d] === 1 ? 0 : at(letter) * s[d]), 0);
    };
    const product = terms.reduce((p, term, k) => p * operands[k].data[offset(term, operands[k].shape)], 1);
    data[offset(output, shape)] += product;
  }
  return { shape, data };
}

const operand = (r: Random, shape: readonly number[]): Operand => ({
  shape,
  data: Array.from({ length: volume(shape) }, () => r.int(-4, 4) / 2),
});
const put = ({ shape, data }: Operand, device: string, dtype: DType = "f32"): Tensor =>
  T.tensor(data, { shape, dtype, device });

describe.each(devices)("einsum on %s", (device) => {
  test("random subscripts equal the definition", async () => {
    const r = seeded(1);
    for (let round = 0; round < (device === "webgpu" ? 15 : 120); round++) {
      const letters = Array.from("abcdEf").slice(0, r.int(1, 6));
      const sizes = new Map(letters.map((letter) => [letter, r.int(1, 3)]));
      const terms = Array.from({ length: r.int(1, 4) }, () =>
        Array.from({ length: r.int(0, 3) }, () => r.pick(letters)).join(""),
      );
      const used = letters.filter((letter) => terms.some((term) => term.includes(letter)));
      const output = used.filter(() => r.next() < 0.5).sort(() => r.next() - 0.5).join(""); // prettier-ignore
      const operands = terms.map((term) =>
        operand(
          r,
          // Now and then a size of 1 that broadcasts; not on a diagonal.
          Array.from(term).map((letter) =>
            r.int(0, 5) === 0 && term.indexOf(letter) === term.lastIndexOf(letter) ? 1 : sizes.get(letter)!,
          ),
        ),
      );
      const want = naive(terms, output, operands);
      const text = `${terms.join(",")}->${output}`;
      const got = einsum(text, ...operands.map((o) => put(o, device)));
      expect(got.shape, text).toEqual(want.shape);
      expectClose(await got.data(), want.data, { absolute: 1e-5, relative: 1e-5 }, text);
    }
  });

  test("ellipses and results that are not written", async () => {
    const r = seeded(2);
    const [a, b] = [operand(r, [2, 3, 4]), operand(r, [4, 2])];
    const cases: readonly [text: string, terms: string[], output: string, operands: Operand[]][] = [
      ["ij,jk", ["ij", "jk"], "ik", [operand(r, [3, 4]), operand(r, [4, 2])]],
      ["ba", ["ba"], "ab", [operand(r, [3, 4])]],
      ["ii", ["ii"], "", [operand(r, [3, 3])]],
      ["...ij->...ji", ["xij"], "xji", [a]],
      ["...j , jk", ["xyj", "jk"], "xyk", [a, b]],
      ["...ij,...jk->...ik", ["xij", "yxjk"], "yxik", [a, operand(r, [3, 1, 4, 2])]],
      ["i...->...", ["ixy"], "xy", [a]],
      ["...,...", ["xyz", "z"], "xyz", [a, operand(r, [4])]],
      ["...i,i...", ["xyi", "ixy"], "xy", [a, operand(r, [4, 2, 3])]],
      ["...->...", ["xyz"], "xyz", [a]],
      ["", [""], "", [operand(r, [])]],
      ["bA,cb", ["bA", "cb"], "Ac", [operand(r, [2, 3]), operand(r, [4, 2])]],
    ];
    for (const [text, terms, output, operands] of cases) {
      const want = naive(terms, output, operands);
      const got = einsum(text, ...operands.map((o) => put(o, device)));
      expect(got.shape, text).toEqual(want.shape);
      expectClose(await got.data(), want.data, { absolute: 1e-5 }, text);
    }
  });
});

test("other data types", async () => {
  const r = seeded(3);
  const [a, b] = [operand(r, [2, 3]), operand(r, [3, 2])];
  const integers = { ...a, data: a.data.map((v) => Math.trunc(v * 1e9)) };
  const product = einsum("ij,jk->ik", put(integers, "cpu", "i32"), T.astype(put(b, "cpu"), "i32"));
  const wrapped = naive(["ij", "jk"], "ik", [integers, { ...b, data: b.data.map(Math.trunc) }]).data.map((v) => v | 0);
  expect([product.dtype, ...(await product.data())]).toEqual(["i32", ...wrapped]);
  const bits = einsum("ij->i", T.tensor([[true, true, false]]));
  expect([bits.dtype, ...(await bits.data())]).toEqual(["i32", 2]);
  const z = T.complex(put(a, "cpu", "f64"), put(operand(r, [2, 3]), "cpu", "f64"));
  const squares = einsum("ij,ij->i", z, T.conj(z));
  expectClose(await T.real(squares).data(), await T.sum(T.square(T.abs(z)), { axis: 1 }).data(), { relative: 1e-14 });
  expect(einsum("ij,jk", put(a, "cpu", "f32"), put(b, "cpu", "f64")).dtype).toBe("f64");
  const x = put(a, "cpu");
  expect(einsum("ij->ij", x)).not.toBe(x);
});

test("the order of a chain of products is the cheap one", async () => {
  // Multiplied from the left, the product would have more elements than a tensor can.
  const [a, b] = [T.ones([60_000, 2]), T.ones([2, 60_000])];
  const y = einsum("ij,jk,k->i", a, b, T.ones([60_000]));
  expect(Number(await T.max(y).item())).toBe(120_000);
});

test("derivatives", async () => {
  const r = seeded(4);
  const make = (shape: readonly number[]): Tensor<"f64"> => put(operand(r, shape), "cpu", "f64") as Tensor<"f64">;
  await gradcheck((a, b) => einsum("bij,bjk->bki", a, b), [make([2, 3, 2]), make([2, 2, 3])]);
  await gradcheck((a, b, c) => einsum("ij,jk,ik->j", a, b, c), [make([2, 3]), make([3, 2]), make([2, 2])]);
  await gradcheck((a) => einsum("iij->ji", T.square(a)), [make([3, 3, 2])]);
  await gradcheck((a, b) => einsum("...i,...i", a, b), [make([2, 3]), make([1, 3])]);
});

test("wrong arguments", () => {
  const a = T.ones([2, 3]);
  expect(() => einsum("ij,jk->ik", a)).toThrow(/einsum: as many operands as terms .*got 1 .*expected 2/);
  expect(() => einsum("ij->ik", a)).toThrow(/"k" of the result is in no term/);
  expect(() => einsum("ij->ii", a)).toThrow(/"i" is twice in the result/);
  expect(() => einsum("i->i", a)).toThrow(T.ShapeError);
  expect(() => einsum("ijk->i", a)).toThrow(/operand 1 does not have the axes of its term \(got \[2,3\]/);
  expect(() => einsum("i1->i", a)).toThrow(/unexpected "1"/);
  expect(() => einsum("i.j->i", a)).toThrow(/unexpected "\."/);
  expect(() => einsum("i->j->i", a)).toThrow(/more than one arrow/);
  expect(() => einsum("......->i", a)).toThrow(/more than one ellipsis/);
  expect(() => einsum("i...->i", a)).toThrow(/no place for the axes of the ellipsis/);
  expect(() => einsum("ii", a)).toThrow(/axes of one name differ in size \(got \[2,3\]/);
  expect(() => einsum("ij,jk", a, a)).toThrow(/sizes of j differ \(got 3 and 2/);
  expect(() => einsum("ij")).toThrow(T.ArgumentError);
  expect(() => einsum(3 as never, a)).toThrow(T.ArgumentError);
  expect(() => einsum("ij", 3 as never)).toThrow(T.ArgumentError);
  expect(() => einsum("ij,ij", T.astype(a, "i32"), T.astype(a, "u32"))).toThrow(T.DTypeError);
  const wide = T.ones([1, 2, 1, 1, 1]);
  expect(() => einsum("abcde,fghij->abcdefghij", wide, wide)).toThrow(T.ShapeError);
});
