import { describe, expect, it } from "vitest";
import { DIGIT_SIZE, imageTensor, labelTensor, loadDigits, type DigitSet } from "../src/data/digits.ts";

const digits = loadDigits();
const PIXELS = DIGIT_SIZE * DIGIT_SIZE;

function pictures({ images, count }: DigitSet): Set<string> {
  const texts = Array.from({ length: count }, (_, i) =>
    Buffer.from(images.slice(i * PIXELS, (i + 1) * PIXELS).buffer).toString("base64"),
  );
  return new Set(texts);
}

function countsOf({ labels }: DigitSet): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const label of labels) counts[label]++;
  return counts;
}

describe("the digits", () => {
  it("are split into 9000 to train on and 100 of every class held back", () => {
    expect(digits.train.count).toBe(9000);
    expect(digits.heldBack.count).toBe(1000);
    expect(countsOf(digits.heldBack)).toEqual(new Array(10).fill(100));
    expect(Math.min(...countsOf(digits.train))).toBeGreaterThan(700);
  });

  it("are the same in every load, and no picture is in both parts", () => {
    const again = loadDigits();
    const bytes = ({ images }: DigitSet): Buffer => Buffer.from(images.buffer);
    expect(bytes(again.train).equals(bytes(digits.train))).toBe(true);
    expect(bytes(again.heldBack).equals(bytes(digits.heldBack))).toBe(true);
    expect(again.heldBack.labels).toEqual(digits.heldBack.labels);
    const trained = pictures(digits.train);
    expect([...pictures(digits.heldBack)].filter((picture) => trained.has(picture))).toEqual([]);
  });

  it("range from -1 to 1, mostly paper", () => {
    const { images } = digits.train;
    let low = Infinity;
    let high = -Infinity;
    let paper = 0;
    for (const value of images) {
      low = Math.min(low, value);
      high = Math.max(high, value);
      if (value === -1) paper++;
    }
    expect(low).toBe(-1);
    expect(high).toBeGreaterThan(0.98);
    expect(high).toBeLessThanOrEqual(1);
    expect(paper / images.length).toBeGreaterThan(0.7);
  });

  it("become tensors of pictures and labels", async () => {
    using x = imageTensor(digits.heldBack, "cpu", 3);
    expect(x.shape).toEqual([3, 1, 28, 28]);
    expect(await x.data()).toEqual(digits.heldBack.images.slice(0, 3 * PIXELS));
    using y = labelTensor(digits.heldBack, "cpu");
    expect([...(await y.data())].slice(0, 12)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
  });
});
