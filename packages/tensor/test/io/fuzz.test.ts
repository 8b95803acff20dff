import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/errors.ts";
import type { RawTensor } from "../../src/io/elements.ts";
import { decodeNpy } from "../../src/io/npy.ts";
import { decodeSafetensors } from "../../src/io/safetensors.ts";
import { threefry } from "../../src/random/threefry.ts";
import { NPY_FIXTURES } from "./npyFixtures.ts";
import { ALL_DTYPES, NARROW } from "./safetensorsFixtures.ts";

const ROUNDS = 100_000;

/** Pieces that mean something in the headers, so that mutations reach deeper than the first check. */
const PIECES = [
  '"',
  "'",
  "{",
  "}",
  "[",
  "]",
  "(",
  ")",
  ",",
  ":",
  "\\",
  "0",
  "9",
  "-",
  "99999999999",
  "True",
  "F64",
  "<f8",
  "|b1",
  " ",
  "\u0000",
];

/** A random stream of integers below n, from the counter-based generator, so that failures repeat. */
function stream(seed: number): (n: number) => number {
  let i = 0;
  return (n) => threefry(0, seed, 0, i++)[0] % n;
}

/** Changes, inserts, deletes, doubles or cuts at one to four random places, mostly in the header. */
function mutate(bytes: Uint8Array, header: number, next: (n: number) => number): Uint8Array {
  let out = Array.from(bytes);
  for (let k = 1 + next(4); k > 0 && out.length > 0; k--) {
    const at = next(Math.min(out.length, next(5) > 0 ? header : out.length));
    const kind = next(7);
    if (kind === 0) out[at] = next(256);
    else if (kind === 1) out[at] ^= 1 << next(8);
    else if (kind === 2) out.splice(at, 1 + next(4));
    else if (kind === 3) out = out.slice(0, at);
    else if (kind === 4) out.splice(at, 0, ...out.slice(at, at + 1 + next(40)));
    else out.splice(at, kind === 5 ? 0 : 1, ...Buffer.from(PIECES[next(PIECES.length)]));
  }
  return Uint8Array.from(out);
}

function checkRaw({ shape, data }: RawTensor, bytes: number): void {
  const size = shape.reduce((a, b) => a * b, 1);
  if (data.length !== size) throw new Error(`length ${data.length} for shape ${shape.join()}`);
  // Widening multiplies the size by at most four.
  if (data.byteLength > 4 * bytes) throw new Error(`${data.byteLength} bytes from a file of ${bytes}`);
}

/** Adjusts the 16-bit header length at byte `at` to a change of the file's length, so that the body stays the body. */
function repair(bytes: Uint8Array, at: number, change: number): void {
  if (bytes.length < at + 2) return;
  const view = new DataView(bytes.buffer);
  view.setUint16(at, view.getUint16(at, true) + change, true);
}

function fuzz(
  files: readonly Uint8Array[],
  header: number,
  lengthAt: number,
  read: (bytes: Uint8Array) => void,
): [number, number] {
  let good = 0;
  let bad = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const original = files[round % files.length];
    const bytes = mutate(original, header, stream(round));
    if (threefry(1, 0, 0, round)[0] & 1) repair(bytes, lengthAt, bytes.length - original.length);
    try {
      read(bytes);
      good++;
    } catch (error) {
      if (!(error instanceof FormatError)) {
        throw new Error(`round ${round}: ${Buffer.from(bytes).toString("base64")}`, { cause: error });
      }
      bad++;
    }
  }
  return [good, bad];
}

describe("mutated files", () => {
  it("are read or rejected with a FormatError: .npy", () => {
    const files = NPY_FIXTURES.map((f) => new Uint8Array(Buffer.from(f.base64, "base64")));
    const [good, bad] = fuzz(files, 72, 8, (bytes) => checkRaw(decodeNpy(bytes), bytes.length));
    expect(good + bad).toBe(ROUNDS);
    // Both outcomes must be common, or the mutations test nothing.
    expect(Math.min(good, bad)).toBeGreaterThan(ROUNDS / 100);
  });

  it("are read or rejected with a FormatError: safetensors", () => {
    const files = [ALL_DTYPES, NARROW].map((f) => new Uint8Array(Buffer.from(f, "base64")));
    const [good, bad] = fuzz(files, 500, 0, (bytes) => {
      for (const raw of decodeSafetensors(bytes).tensors.values()) checkRaw(raw, bytes.length);
    });
    expect(good + bad).toBe(ROUNDS);
    expect(Math.min(good, bad)).toBeGreaterThan(ROUNDS / 100);
  });
});
