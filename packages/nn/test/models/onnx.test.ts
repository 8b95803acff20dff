/** U-Nets as ONNX graphs: what the graph holds. (The bench app runs the shipped network in ONNX Runtime.) */
import { describe, expect, it } from "vitest";
import { unet, type UNetOptions } from "@ansatz/nn";
import { unetOnnx, type OnnxModel } from "@ansatz/nn/onnx";
import { key } from "@ansatz/tensor/random";

const graphOf = (options: UNetOptions): Promise<OnnxModel> => unetOnnx(options, unet(options).init(key(1)));

function count(graph: OnnxModel, op: string): number {
  return graph.nodes.filter((node) => node.op === op).length;
}

describe("unetOnnx", () => {
  it("writes every value once and before it is read", async () => {
    const graph = await graphOf({ base: 8, groups: 4, heads: 2, blocks: 2 });
    const known = new Set(["", ...graph.inputs.map(({ name }) => name), ...graph.constants.map(({ name }) => name)]);
    for (const { inputs, outputs } of graph.nodes) {
      for (const name of inputs) expect(known, name).toContain(name);
      for (const name of outputs) {
        expect(known, name).not.toContain(name);
        known.add(name);
      }
    }
    expect(known).toContain("out_sample");
    for (const { name, dims, data } of graph.constants) {
      expect(data.length, name).toBe(dims.reduce((product, n) => product * n, 1));
    }
  });

  it("follows the options", async () => {
    const options = { channels: 3, base: 8, multipliers: [1, 2], groups: 4 };
    const [plain, attending] = [await graphOf({ ...options, heads: 0 }), await graphOf({ ...options, heads: 2 })];
    expect(count(plain, "Softmax")).toBe(0);
    expect(count(attending, "Softmax")).toBe(1);
    expect(count(plain, "Resize")).toBe(1);
    expect(plain.inputs[0].dims).toEqual(["batch", 3, "height", "width"]);
  });

  it("multiplies times by the scale of the network", async () => {
    const options = { base: 4, multipliers: [1], groups: 2, heads: 0 };
    const frequencies = (graph: OnnxModel): number[] => {
      const angles = graph.nodes.find(({ op }) => op === "Mul");
      return Array.from(graph.constants.find(({ name }) => name === angles?.inputs[1])?.data as Float32Array);
    };
    const [one, thousand] = [await graphOf(options), await graphOf({ ...options, timeScale: 1000 })];
    expect(frequencies(thousand)).toEqual(frequencies(one).map((value) => Math.fround(1000 * value)));
  });

  it("refuses options that the network refuses", async () => {
    const params = unet({ base: 8 }).init(key(1));
    await expect(unetOnnx({ base: 7 }, params)).rejects.toThrow("unet: base must be even (got 7).");
  });
});
