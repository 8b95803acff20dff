import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { directionOf, loadParameters } from "@ansatz/nn";
import { readSafetensors } from "@ansatz/tensor/io";
import { key } from "@ansatz/tensor/random";
import { LIMITS, assetPath, describeAssets, readAsset } from "../src/assets.ts";
import { imageTensor, loadDigits } from "../src/data/digits.ts";
import { loadClassifier } from "../src/models/classifier.ts";
import { loadDenoiser } from "../src/models/denoiser.ts";
import { poissonIterations } from "../src/problems/poisson.ts";
import { shippedDirections } from "../src/train/directions.ts";
import { heldBackLoss } from "../src/train/digits.ts";
import { DENOISERS, heldBackQuality } from "../src/train/denoisers.ts";
import { showDuration } from "../src/train/duration.ts";
import { run, temporaryFolder } from "./support.ts";

describe("training", () => {
  it("of the directions writes a checkpoint with the iterations that it takes", async () => {
    const file = join(temporaryFolder(), "net.safetensors");
    const { code, out, err } = await run("train", "directions", "--steps", "20", "--file", file);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toContain("Iterations to 1e-6");
    const { metadata } = readSafetensors(readFileSync(file), { names: [] });
    expect(metadata["command"]).toBe("ansatz-bench train directions --seed 1 --steps 20");
    expect(loadParameters(readFileSync(file), shippedDirections.init(key(0))).params.levels).toHaveLength(4);
  });

  it("of a denoiser writes a checkpoint with what it does to new images", async () => {
    const file = join(temporaryFolder(), "net.safetensors");
    const { code, out, err } = await run("train", "volumes", "--steps", "5", "--file", file);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toContain("dB after the network");
    const { metadata } = readSafetensors(readFileSync(file), { names: [] });
    expect(metadata["command"]).toBe("ansatz-bench train volumes --seed 1 --steps 5");
  });

  it.each(["denoiser", "volumes"] as const)("the shipped %s do to new images what their files say", async (name) => {
    const bytes = await readAsset(name);
    const { params, metadata } = loadParameters(bytes, DENOISERS[name].net.init(key(0)));
    const { network } = await heldBackQuality(name, params, 0.1, false);
    const [, said] = /([\d.]+) dB after the network/.exec(metadata["held back, sigma 0.1"]) ?? [];
    expect(Math.abs(network - Number(said))).toBeLessThan(0.05);
    expect(network).toBeGreaterThan(28);
  });

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
    const files = {
      digits: await readAsset("digits"),
      classifier: await readAsset("classifier"),
      directions: await readAsset("directions"),
      denoiser: await readAsset("denoiser"),
      volumes: await readAsset("volumes"),
    };
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

it("the shipped directions take as few iterations on 128² as on 64², and far fewer than conjugate gradients", async () => {
  const { params } = loadParameters(await readAsset("directions"), shippedDirections.init(key(0)));
  const direction = directionOf(shippedDirections, params);
  const [small, large] = [
    await poissonIterations({ size: 64, direction }),
    await poissonIterations({ size: 128, direction }),
  ];
  expect(small).toBeLessThanOrEqual(30);
  expect(large).toBeLessThanOrEqual(Math.min(30, 1.5 * small));
  expect(await poissonIterations({ size: 64 })).toBe(165);
});

describe("durations", () => {
  it.each([
    [3.4, "3 s"],
    [200, "3 min 20 s"],
    [3900, "1 h 5 min"],
    [-1, "0 s"],
  ])("%d is %s", (seconds, text) => expect(showDuration(seconds)).toBe(text));
});
