/** The pending graph as text and as a drawing. */
import { describe, expect, it } from "vitest";
import { add, compile, exp, memory, mul, sqrt, sum, tensor, type Tensor } from "@ansatz/tensor";
import { graphDot, graphText } from "@ansatz/tensor/debug";

describe("graphText", () => {
  it("lists inputs before what uses them, each once, and evaluates nothing", () => {
    const x = tensor([1, 2, 3]);
    const y = exp(x);
    const z = sum(mul(add(y, 2), y));
    const before = memory();
    expect(graphText(z).split("\n")).toEqual([
      "%0 leaf f32[3] stored",
      "%1 exp f32[3] pending (%0)",
      "%2 scalar f32[] 2",
      "%3 add f32[3] pending (%1, %2)",
      "%4 mul f32[3] pending (%3, %1)",
      "%5 sum f32[] pending (%4)",
    ]);
    expect(memory()).toEqual(before);
  });

  it("ends at stored values", () => {
    const y = exp(tensor([1, 2])).eval();
    expect(graphText(mul(y, y))).toBe("%0 exp f32[2] stored\n%1 mul f32[2] pending (%0, %0)");
    expect(graphText(y)).toBe("%0 exp f32[2] stored");
  });

  it("shows several results in one graph", () => {
    const y = exp(tensor([1, 2]));
    const lines = graphText([y, sqrt(y), y]).split("\n");
    expect(lines.map((line) => line.split(" ")[1])).toEqual(["leaf", "exp", "sqrt"]);
  });

  it("knows deep graphs, and placeholders", () => {
    let text = "";
    const f = compile((x: Tensor) => {
      let y = x;
      for (let i = 0; i < 20_000; i++) y = exp(y);
      text = graphText(y);
      return x.add(1);
    });
    f(tensor([1]));
    const lines = text.split("\n");
    expect(lines[0]).toBe("%0 leaf f32[1] placeholder");
    expect(lines.at(-1)).toBe("%20000 exp f32[1] pending (%19999)");
  });

  it("tells which input is gone", () => {
    const x = tensor([1, 2]);
    const y = exp(x);
    mul(y, 2).eval();
    x.dispose();
    expect(graphText(y)).toBe("%0 leaf f32[2] disposed\n%1 exp f32[2] pending (%0)");
  });

  it("refuses what is no tensor, and nothing at all", () => {
    expect(() => graphText([])).toThrow(/graphText: no tensors \(got an empty array, expected at least one\)/);
    expect(() => graphText(3 as unknown as Tensor)).toThrow(/graphText: x must be a tensor \(got 3\)/);
    expect(() => graphDot([tensor([1]), null as unknown as Tensor])).toThrow(
      /graphDot: x must be a tensor \(got null\)/,
    );
    const x = tensor([1]);
    x.dispose();
    expect(() => graphDot(x)).toThrow(/graphDot: tensor was disposed/);
  });
});

describe("graphDot", () => {
  it("draws nodes and arrows", () => {
    const x = tensor([1, 2]);
    expect(graphDot(mul(x, 0.5)).split("\n")).toEqual([
      "digraph ansatz {",
      "  node [shape=box];",
      String.raw`  n0 [label="leaf\nf32[2]\nstored", style=filled];`,
      String.raw`  n1 [label="scalar\nf32[]\n0.5", shape=plaintext];`,
      String.raw`  n2 [label="mul\nf32[2]\npending"];`,
      "  n0 -> n2;",
      "  n1 -> n2;",
      "}",
    ]);
  });
});
