/** The same kernels in Chromium, whose GPU lives in another process. */
import { afterAll, describe, expect, test } from "vitest";
import { readyOrSkip } from "@ansatz/webgpu-testing/availability";
import { callInPage, launchChromium } from "@ansatz/webgpu-testing/browser";
import { bundle } from "@ansatz/webgpu-testing/bundle";

const launched = await launchChromium();
const files = await bundle({ "/page.js": new URL("./page.ts", import.meta.url) });

afterAll(async () => {
  if (launched.status === "ready") await launched.close();
});

describe("Chromium", { timeout: 60_000 }, () => {
  test("random kernels equal the oracle", async (context) => {
    const page = await readyOrSkip(launched, context).openPage({ files });
    const report = await callInPage(page, "/page.js", "compareWithOracle", 40);
    expect(report).toEqual({ compared: 53, differences: [] });
    await page.close();
  });

  test("a lost device is reported", async (context) => {
    const page = await readyOrSkip(launched, context).openPage({ files });
    const message = await callInPage(page, "/page.js", "errorOfDestroyedDevice");
    expect(message).toMatch(/^DeviceError: webgpu: the device is lost/);
    await page.close();
  });
});
