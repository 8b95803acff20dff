import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { readyOrSkip } from "../src/availability.ts";
import { callInPage, launchChromium } from "../src/browser.ts";
import { bundle } from "../src/bundle.ts";
import type { PageReport, WasmReport } from "./page.ts";

const launched = await launchChromium();
const files = await bundle({ "/page.js": new URL("./page.ts", import.meta.url) });

afterAll(async () => {
  if (launched.status === "ready") await launched.close();
});

describe("Chromium", { timeout: 30_000 }, () => {
  test("computes on SwiftShader, with the source that Dawn runs", async (context) => {
    const page = await readyOrSkip(launched, context).openPage({ files });
    const report = await callInPage<PageReport>(page, "/page.js", "computeOnGpu", 1000);
    expect(report).toEqual({
      architecture: "swiftshader",
      doubled: Array.from({ length: 1000 }, (_, i) => 2 * i + 1),
    });
    await page.close();
  });

  test("pages are cross-origin isolated: WebAssembly SIMD works on shared memory", async (context) => {
    const page = await readyOrSkip(launched, context).openPage({ files });
    const report = await callInPage<WasmReport>(page, "/page.js", "simdOnSharedMemory", [1, 2, 3, 21]);
    expect(report).toEqual({ isolated: true, shared: true, lane: 42 });
    await page.close();
  });

  test("a page without isolation has no shared memory", async (context) => {
    const page = await readyOrSkip(launched, context).openPage({ files, isolated: false });
    await expect(callInPage(page, "/page.js", "isolation")).resolves.toEqual({
      isolated: false,
      hasSharedArrayBuffer: false,
    });
    await page.close();
  });

  test("folders are served beside files in memory, and console lines are passed on", async (context) => {
    const lines: string[] = [];
    const page = await readyOrSkip(launched, context).openPage({
      path: "/page.html",
      files: {
        "/page.html": `<!doctype html><link rel="icon" href="data:,"><script type="module">
          console.log((await (await fetch("/here/browser.test.ts")).text()).length > 0);
          console.log((await fetch("/here/absent")).status);
        </script>`,
      },
      folders: { "/here": fileURLToPath(new URL(".", import.meta.url)) },
      onMessage: (text) => lines.push(text),
    });
    await expect.poll(() => lines).toEqual(["true", expect.stringContaining("404"), "404"]);
    await page.close();
  });

  test("a page whose script fails while loading is refused, and its site is stopped", async (context) => {
    const origins: string[] = [];
    const opening = readyOrSkip(launched, context).openPage({
      files: { "/": `<script>console.log(location.origin); throw new Error("out of sorts");</script>` },
      onMessage: (text) => origins.push(text),
    });
    await expect(opening).rejects.toThrow('openPage: "/" did not load (out of sorts).');
    await expect(fetch(origins[0])).rejects.toThrow("fetch failed");
  });

  test("an error inside a called function reaches the caller", async (context) => {
    const page = await readyOrSkip(launched, context).openPage({ files });
    await expect(callInPage(page, "/page.js", "absent")).rejects.toThrow('the module exports no function "absent"');
    await page.close();
  });

  test("closing the page stops its site", async (context) => {
    const page = await readyOrSkip(launched, context).openPage();
    const { origin } = new URL(page.url());
    expect((await fetch(origin)).status).toBe(200);
    await page.close();
    await expect
      .poll(() =>
        fetch(origin).then(
          () => "open",
          () => "closed",
        ),
      )
      .toBe("closed");
  });
});
