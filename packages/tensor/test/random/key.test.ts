import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { checkKey, key, Key } from "../../src/random/key.ts";
import { referencePair } from "./reference.ts";

describe("key", () => {
  it("takes the 64 bits of an integer seed", () => {
    expect(key(0)).toEqual(new Key(0, 0));
    expect(key(42)).toEqual(new Key(0, 42));
    expect(key(2 ** 32 + 3)).toEqual(new Key(1, 3));
    expect(key(-1)).toEqual(new Key(0xffffffff, 0xffffffff));
    expect(key(-2)).toEqual(key(2n ** 64n - 2n));
    expect(key(0x0123456789abcdefn)).toEqual(new Key(0x01234567, 0x89abcdef));
  });

  it("gives different keys for different texts, whatever their padding", () => {
    const texts = [
      "",
      "\0",
      "\0\0\0\0\0\0\0\0",
      "a",
      "a\0",
      "digits",
      "digits2",
      "é",
      "0",
      "42",
      "a longer text of three blocks",
    ];
    const keys = texts.map((t) => key(t));
    expect(new Set(keys.map((k) => `${k.k0} ${k.k1}`)).size).toBe(texts.length);
    expect(key("digits")).toEqual(keys[5]);
    // One padded block: the bytes "42" under the key (tag, length).
    const [k0, k1] = referencePair(0x74657874, 2, 0x3234, 0);
    expect(key("42")).toEqual(new Key(k0, k1));
  });

  it.each([0.5, NaN, Infinity, 2 ** 53, 2n ** 64n, -(2n ** 63n) - 1n, null, undefined, {}])(
    "rejects the seed %s",
    (seed) => {
      expect(() => key(seed as number)).toThrow(ArgumentError);
      expect(() => key(seed as number)).toThrow(/^key: not a seed \(got .*, expected an integer below 2\^53 in size/);
    },
  );

  it("is frozen", () => {
    const k = key(1) as { k0: number };
    expect(() => {
      k.k0 = 2;
    }).toThrow(TypeError);
  });
});

describe("split and fold", () => {
  it("encrypt the number of the stream", () => {
    const k = key(123n << 20n);
    const [a, b, c] = k.split(3);
    [a, b, c].forEach((child, i) => {
      const [k0, k1] = referencePair(k.k0, k.k1, 0, i);
      expect(child).toEqual(new Key(k0, k1));
      expect(k.fold(i)).toEqual(child);
    });
    const [k0, k1] = referencePair(k.k0, k.k1, 7, 0xfffffff1);
    expect(k.fold(7 * 2 ** 32 + 0xfffffff1)).toEqual(new Key(k0, k1));
  });

  it("make two keys when no number is given, and none for 0", () => {
    expect(key(5).split()).toEqual(key(5).split(2));
    expect(key(5).split(0)).toEqual([]);
  });

  it.each([-1, 0.5, NaN, 2 ** 33])("rejects splitting into %s", (n) => {
    expect(() => key(0).split(n)).toThrow(
      `split: the number of keys must be a non-negative integer (got ${n}, expected 0 to 4294967296).`,
    );
  });

  it.each([-1, 0.5, NaN, 2 ** 53])("rejects folding in %s", (x) => {
    expect(() => key(0).fold(x)).toThrow(
      `fold: the number must be a non-negative integer (got ${x}, expected 0 to 9007199254740991).`,
    );
  });
});

describe("checkKey", () => {
  it("accepts anything with two words and names the caller otherwise", () => {
    expect(checkKey("normal", key(1))).toEqual(key(1));
    expect(checkKey("normal", { k0: 1, k1: 2 })).toEqual({ k0: 1, k1: 2 });
    expect(() => checkKey("normal", 42)).toThrow(
      "normal: the first argument must be a key (got 42, expected a Key). Make one with key(seed).",
    );
    expect(() => checkKey("normal", { k0: -1, k1: 2 })).toThrow("(got an object, expected a Key)");
    expect(() => checkKey("normal", null)).toThrow("(got null, expected a Key)");
    expect(() => new Key(-1, 0)).toThrow("Key: key words must be unsigned 32-bit integers (got -1 and 0");
  });
});
