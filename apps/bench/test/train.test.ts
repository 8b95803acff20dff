import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSafetensors } from "@ansatz/tensor/io";
import { LIMITS, assetPath, describeAssets, readAsset } from "../src/assets.ts";
import { imageTensor, loadDigits } from "../src/data/digits.ts";
import { loadClassifier } from "../src/models/classifier.ts";
import { loadDenoiser } from "../src/models/denoiser.ts";
import { heldBackLoss } from "../src/train/digits.ts";
import { showDuration } from "../src/train/duration.ts";
import { run, temporaryFolder } from "./support.ts";

describe("training", () => {
  it("of the denoiser writes a checkpoint that says how it came about", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "net.safetensors");
    const { code, out, err } = await run(
      "train",
      "digits",
      "--steps",
      "2",
      "--batch",
      "2",
      "--file",
      file,
      "--out",
      folder,
    );
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toMatch(/^Training finished after 2 steps, smoothed loss [\d.]+\. .*net\.safetensors: \d+ kB/);
    const bytes = readFileSync(file);
    const { metadata } = loadDenoiser(bytes, "cpu");
    expect(metadata["command"]).toBe("ansatz-bench train digits --seed 1 --steps 2 --batch 2");
    expect(metadata["seed"]).toBe("1");
    expect(Number(metadata["final loss"])).toBeGreaterThan(0);
    expect(Number(metadata["held-back loss"])).toBeGreaterThan(0);
  }, 60_000);

  it("of the classifier does as well", async () => {
    const file = join(temporaryFolder(), "net.safetensors");
    const { code, out } = await run("train", "classifier", "--epochs", "1", "--batch", "4500", "--file", file);
    expect(code).toBe(0);
    expect(out).toMatch(/Test accuracy [\d.]+ %/);
    expect(loadClassifier(readFileSync(file), "cpu").metadata["test accuracy"]).toMatch(/%$/);
  }, 60_000);
});

describe("the shipped networks", () => {
  const { heldBack } = loadDigits();

  it.each(["digits", "classifier"] as const)("%s is small and in half precision", async (name) => {
    expect(statSync(assetPath(name)).size).toBeLessThanOrEqual(LIMITS[name]);
    const bytes = await readAsset(name);
    const header = new TextDecoder().decode(
      bytes.subarray(8, 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)),
    );
    expect(header).toContain('"dtype":"F16"');
    expect(header).not.toContain('"dtype":"F32"');
  });

  it("are described by the page beside them", async () => {
    const page = readFileSync(join(assetPath("digits"), "../README.md"), "utf8");
    const files = { digits: await readAsset("digits"), classifier: await readAsset("classifier") };
    expect(page).toBe(describeAssets(files));
    for (const bytes of Object.values(files)) {
      const { command, seed, "final loss": loss } = readSafetensors(bytes, { names: [] }).metadata;
      for (const fact of [command, seed, loss]) expect(page).toContain(`| ${fact} |`);
    }
  });

  it("the denoiser does on new digits what its file says", async () => {
    const { params, metadata } = loadDenoiser(await readAsset("digits"), "cpu");
    const loss = await heldBackLoss(params, heldBack, "cpu");
    // Half precision changes the parameters by one part in 2000.
    expect(Math.abs(loss - Number(metadata["held-back loss"]))).toBeLessThan(2e-4);
  }, 60_000);

  it("the classifier recognises at least 97 % of new digits", async () => {
    const { labels, metadata } = loadClassifier(await readAsset("classifier"), "cpu");
    using images = imageTensor(heldBack, "cpu");
    const found = await labels(images);
    const share = found.filter((label, i) => label === heldBack.labels[i]).length / heldBack.count;
    expect(share).toBeGreaterThanOrEqual(0.97);
    expect(Math.abs(100 * share - Number(metadata["test accuracy"].replace(" %", "")))).toBeLessThan(0.35);
  }, 60_000);
});

describe("durations", () => {
  it.each([
    [3.4, "3 s"],
    [200, "3 min 20 s"],
    [3900, "1 h 5 min"],
    [-1, "0 s"],
  ])("%d is %s", (seconds, text) => expect(showDuration(seconds)).toBe(text));
});
