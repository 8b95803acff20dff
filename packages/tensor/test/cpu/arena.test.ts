import { afterEach, describe, expect, it } from "vitest";
import { configure, OutOfMemoryError } from "@ansatz/tensor";
import { createArena, sizeClass } from "../../src/backend/cpu/arena.ts";
import { seeded } from "../support/random.ts";

const MIB = 2 ** 20;
const before = configure({});
afterEach(() => {
  configure(before);
});

const arena = (): ReturnType<typeof createArena> => createArena(() => "");

describe("size classes", () => {
  it("waste at most an eighth, and grow with the request", () => {
    let last = 0;
    for (let bytes = 1; bytes < 40 * MIB; bytes = Math.ceil(bytes * 1.013)) {
      const size = sizeClass(bytes);
      expect(size % 64).toBe(0);
      expect(size).toBeGreaterThanOrEqual(Math.max(bytes, last));
      if (bytes > 512) expect(size).toBeLessThanOrEqual(bytes * 1.126);
      expect(sizeClass(size)).toBe(size);
      last = size;
    }
    expect(sizeClass(3 * 2 ** 30 + 1)).toBe(3 * 2 ** 30 + 1088);
    expect(sizeClass(3 * 2 ** 30 + 1089)).toBe(3 * 2 ** 30 + 65536 + 1088);
  });
});

describe("blocks", () => {
  it("of one large size begin at different places of a page", () => {
    const a = arena();
    const places = Array.from({ length: 8 }, () => a.alloc(2 ** 20) % 4096);
    expect(new Set(places).size).toBe(8);
  });

  it("never overlap, keep what is written, and are given out again", () => {
    for (let seed = 0; seed < 6; seed++) {
      const r = seeded(seed);
      const a = arena();
      const live: { ptr: number; bytes: number; mark: number }[] = [];
      let total = 0;
      for (let step = 0; step < 3000; step++) {
        if (live.length > 0 && r.next() < (live.length > 60 ? 0.7 : 0.4)) {
          const [block] = live.splice(r.int(0, live.length - 1), 1);
          const view = a.views.u8.subarray(block.ptr, block.ptr + block.bytes);
          expect([view[0], view[view.length >> 1], view[view.length - 1]]).toEqual([
            block.mark,
            block.mark,
            block.mark,
          ]);
          a.free(block.ptr, block.bytes);
          total -= sizeClass(block.bytes);
        } else {
          const bytes = Math.ceil(2 ** (r.next() * (r.next() < 0.3 ? 21 : 12)));
          const ptr = a.alloc(bytes);
          const mark = r.int(0, 255);
          const view = a.views.u8.subarray(ptr, ptr + bytes);
          view[0] = view[bytes >> 1] = view[bytes - 1] = mark;
          expect(ptr % 64).toBe(0);
          for (const other of live) expect(ptr + bytes <= other.ptr || other.ptr + other.bytes <= ptr).toBe(true);
          live.push({ ptr, bytes, mark });
          total += sizeClass(bytes);
        }
        expect(a.used()).toBe(total);
      }
      for (const { ptr, bytes } of live) a.free(ptr, bytes);
      expect(a.used()).toBe(0);
    }
  });

  it("of the same size are reused, the last freed first", () => {
    const a = arena();
    const [x, y] = [a.alloc(3 * MIB), a.alloc(3 * MIB)];
    a.free(x, 3 * MIB);
    a.free(y, 3 * MIB);
    expect(a.alloc(3 * MIB)).toBe(y);
    expect(a.alloc(3 * MIB)).toBe(x);
  });

  it("are merged and divided before the memory grows", () => {
    const a = arena();
    const parts = Array.from({ length: 8 }, () => a.alloc(2 * MIB));
    const size = a.memory.buffer.byteLength;
    for (const ptr of parts) a.free(ptr, 2 * MIB);
    const big = a.alloc(16 * MIB);
    expect(big).toBe(parts[0]);
    a.free(big, 16 * MIB);
    const odd = [5, 1, 7, 3].map((n) => a.alloc(n * MIB));
    expect(new Set(odd).size).toBe(4);
    expect(a.memory.buffer.byteLength).toBe(size);
    expect(a.pooled()).toBeLessThan(2 * MIB);
  });

  it("of every size one after the other fit into little more than the largest", () => {
    const a = arena();
    for (let mib = 1; mib <= 120; mib++) a.free(a.alloc(mib * MIB), mib * MIB);
    for (let mib = 120; mib >= 1; mib--) a.free(a.alloc(mib * MIB + 70_000), mib * MIB + 70_000);
    expect(a.memory.buffer.byteLength).toBeLessThan(160 * MIB);
  });

  it("small ones turn into large ones when nothing else is left", () => {
    configure({ memoryBudget: 2 ** 32 });
    const a = arena();
    const small: number[] = [];
    // Addresses only: pages that nobody touches cost nothing.
    const [first, second] = [a.alloc(2032 * MIB), a.alloc(2032 * MIB)];
    for (let i = 0; i < 300; i++) small.push(a.alloc(65_536));
    for (const ptr of small) a.free(ptr, 65_536);
    const merged = a.alloc(18 * MIB);
    expect(merged).toBeGreaterThan(second);
    a.free(first, 2032 * MIB);
    expect(() => a.alloc(2040 * MIB)).toThrow(
      /^cpu: out of memory, the address space of 4 GiB is used up \(got a request for 2040\.0 MiB with 20\d\d\.\d MiB in use, expected at most 4096\.0 MiB\)/,
    );
    a.free(second, 2032 * MIB);
    expect(a.alloc(4000 * MIB)).toBe(first);
  });

  it("beyond the budget are refused, and what is refused takes nothing", () => {
    configure({ memoryBudget: 4 * MIB });
    const a = arena();
    const x = a.alloc(3 * MIB);
    expect(() => a.alloc(2 * MIB)).toThrow(OutOfMemoryError);
    expect(a.used()).toBe(sizeClass(3 * MIB));
    a.free(x, 3 * MIB);
    expect(a.alloc(3 * MIB)).toBe(x);
  });
});
