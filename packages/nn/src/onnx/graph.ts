/** Writing the graph of a network node by node. */
import type { Tensor } from "@ansatz/tensor";
import type { OnnxConstant, OnnxModel, OnnxNode, OnnxType } from "./model.ts";

/** Names of the values that a linear layer multiplies. */
export interface OnnxFactors {
  readonly input: string;
  readonly weight: string;
}

/**
 * Decides how the factors of a linear layer are written, e.g. quantised: the weight is the very tensor of the parameter
 * tree. Undefined stands for the usual form, the input as it is and the weight as a float32 constant.
 */
export type OnnxLinearHook = (graph: GraphWriter, weight: Tensor, input: string) => OnnxFactors | undefined;

/** Collects the nodes of a graph. Every method returns the name of a value. */
export interface GraphWriter {
  /** Adds an operation with one output, called `output` where that is given. */
  node(op: string, inputs: readonly string[], attributes?: OnnxNode["attributes"], output?: string): string;
  /** The factors of a linear layer, as the hook of the graph wants them. */
  linear(weight: Tensor, input: string): OnnxFactors;
  /** A constant of any type. */
  constant(constant: Omit<OnnxConstant, "name">): string;
  /** A parameter as a constant, of the given extents where they differ from its own. */
  weight(parameter: Tensor, dims?: readonly number[]): string;
  /** Numbers as a constant. */
  floats(values: readonly number[], dims: readonly number[]): string;
  /** Integers as a constant: a list, or a scalar. */
  integers(values: readonly number[] | number): string;
}

/** Types that came with opset 21. */
const LATE: readonly OnnxType[] = ["int4", "uint4", "float8e4m3fn", "float8e5m2"];

/** An empty graph, and what it holds once all parameters are read. */
export function graphWriter(
  hook?: OnnxLinearHook,
): GraphWriter & { parts(): Promise<Pick<OnnxModel, "nodes" | "constants" | "opset">> } {
  const nodes: OnnxNode[] = [];
  const constants: Promise<OnnxConstant>[] = [];
  const known = new Map<string, string>();
  let count = 0;
  const constant = (make: (name: string) => OnnxConstant | Promise<OnnxConstant>): string => {
    const name = `c${constants.length}`;
    constants.push(Promise.resolve(make(name)));
    return name;
  };
  const writer: GraphWriter = {
    linear: (weight, input) => hook?.(writer, weight, input) ?? { input, weight: writer.weight(weight) },
    constant: (given) => constant((name) => ({ name, ...given })),
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
  };
  return {
    ...writer,
    async parts() {
      const all = await Promise.all(constants);
      return { nodes, constants: all, opset: all.some(({ type }) => LATE.includes(type)) ? 21 : 13 };
    },
  };
}
