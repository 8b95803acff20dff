/** Writing the graph of a network node by node. */
import type { Tensor } from "@ansatz/tensor";
import type { OnnxConstant, OnnxModel, OnnxNode } from "./model.ts";

/** Collects the nodes of a graph. Every method returns the name of a value. */
export interface GraphWriter {
  /** Adds an operation with one output, called `output` where that is given. */
  node(op: string, inputs: readonly string[], attributes?: OnnxNode["attributes"], output?: string): string;
  /** A parameter as a constant, of the given extents where they differ from its own. */
  weight(parameter: Tensor, dims?: readonly number[]): string;
  /** Numbers as a constant. */
  floats(values: readonly number[], dims: readonly number[]): string;
  /** Integers as a constant: a list, or a scalar. */
  integers(values: readonly number[] | number): string;
}

/** An empty graph, and what it holds once all parameters are read. */
export function graphWriter(): GraphWriter & { parts(): Promise<Pick<OnnxModel, "nodes" | "constants">> } {
  const nodes: OnnxNode[] = [];
  const constants: Promise<OnnxConstant>[] = [];
  const known = new Map<string, string>();
  let count = 0;
  const constant = (make: (name: string) => OnnxConstant | Promise<OnnxConstant>): string => {
    const name = `c${constants.length}`;
    constants.push(Promise.resolve(make(name)));
    return name;
  };
  return {
    node(op, inputs, attributes = {}, output = `v${count++}`) {
      nodes.push({ op, inputs, outputs: [output], attributes });
      return output;
    },
    weight: (parameter, dims = parameter.shape) =>
      constant(async (name) => {
        const data = Float32Array.from((await parameter.data()) as ArrayLike<number>);
        return { name, type: "float32", dims, data };
      }),
    floats: (values, dims) => constant((name) => ({ name, type: "float32", dims, data: Float32Array.from(values) })),
    integers(values) {
      const key = JSON.stringify(values);
      const list = typeof values === "number" ? [values] : values;
      const dims = typeof values === "number" ? [] : [list.length];
      const name =
        known.get(key) ??
        constant((own) => ({ name: own, type: "int64", dims, data: BigInt64Array.from(list, (v) => BigInt(v)) }));
      known.set(key, name);
      return name;
    },
    parts: async () => ({ nodes, constants: await Promise.all(constants) }),
  };
}
