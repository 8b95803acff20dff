/** The library in Chromium: with threads, without cross-origin isolation, and on WebGPU, against the same in Node. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { configure } from "@ansatz/tensor";
import { readyOrSkip } from "@ansatz/webgpu-testing/availability";
import { callInPage, launchChromium, type Browser } from "@ansatz/webgpu-testing/browser";
import { bundle } from "@ansatz/webgpu-testing/bundle";
import { run, type Results, type Setting } from "./suite.ts";

const launched = await launchChromium();
const files = await bundle({ "/suite.js": new URL("./suite.ts", import.meta.url) });
let here: Results;
const before = configure({});

beforeAll(async () => {
  here = await run({ device: "cpu", threads: 1 });
});
afterAll(async () => {
  configure(before);
  if (launched.status === "ready") await launched.close();
});

async function inPage(browser: Browser, setting: Setting, isolated: boolean): Promise<Results> {
  const page = await browser.openPage({ files, isolated });
  try {
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(isolated);
    return await callInPage<Results>(page, "/suite.js", "run", setting);
  } finally {
    await page.close();
  }
}

/** Names of the cases whose values differ in any bit; NaNs are equal. */
function different(got: Results, want: Results): string[] {
  return Object.keys(want).filter(
    (name) => got[name]?.length !== want[name].length || want[name].some((v, i) => !Object.is(v, got[name][i])),
  );
}

describe("in Chromium", () => {
  let browser: Browser | undefined;
  beforeEach((context) => {
    browser = readyOrSkip(launched, context);
  });
  const chromium = (): Browser => browser as Browser;

  it.each([
    ["on one thread", { device: "cpu", threads: 1 }, true],
    ["on two threads", { device: "cpu", threads: 2 }, true],
    ["on a page that is not isolated, where threads are asked for in vain", { device: "cpu", threads: 2 }, false],
  ] as const)(
    "the CPU %s gives the bits of Node",
    async (_, setting, isolated) => {
      const got = await inPage(chromium(), setting, isolated);
      expect(Object.keys(got).toSorted()).toEqual(Object.keys(here).toSorted());
      expect(different(got, here)).toEqual([]);
    },
    60_000,
  );

  it("WebGPU gives the same random numbers and integers, and floats to rounding", async () => {
    const got = await inPage(chromium(), { device: "webgpu", threads: 1 }, true);
    const exact = (name: string, want: Float64Array): boolean =>
      /^(bits|uniform|normal|randint)$/.test(name) ||
      (/ of (i32|u32|bool)$/.test(name) && want.every(Number.isInteger));
    let compared = 0;
    for (const [name, want] of Object.entries(here)) {
      if (name.endsWith("of f64") || name.startsWith("large") || isDouble(name)) continue;
      const have = got[name];
      expect(have?.length, name).toBe(want.length);
      compared++;
      const scale = Math.max(1e-30, ...Array.from(want, (v) => (Number.isFinite(v) ? Math.abs(v) : 0)));
      const allowed = exact(name, want) ? 0 : 3e-6 * scale;
      want.forEach((v, i) => {
        if (!Object.is(v, have[i]) && !(Math.abs(v - have[i]) <= allowed)) {
          expect.fail(`${name}: element ${i} is ${have[i]}, expected ${v}`);
        }
      });
    }
    expect(compared).toBeGreaterThan(150);
  }, 90_000);
});

/** Every second program runs in f64 where there is one. */
function isDouble(name: string): boolean {
  const program = /^program (\d+),/.exec(name);
  return program !== null && Number(program[1]) % 2 === 1;
}
