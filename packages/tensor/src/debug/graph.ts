/** The graph that has to be evaluated for some tensors, as text and as a drawing. */
import { ArgumentError } from "../errors.ts";
import { isGone } from "../graph/lifetime.ts";
import { showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";

/** What is known of a node's values. */
function stateOf(t: Tensor): string {
  if (t.storage !== null) return "stored";
  if (t.placeholder >= 0) return "placeholder";
  if (t.op.kind === "scalar") return String(t.scalar);
  return isGone(t) ? "disposed" : "pending";
}

/** Inputs that have to be looked at: stored values need none. */
const inputsOf = (t: Tensor): readonly Tensor[] => (t.storage === null ? t.ins : []);

/** Everything below the roots, inputs before what uses them, with its number. */
function nodesOf(name: string, roots: Tensor | readonly Tensor[]): Map<Tensor, number> {
  const list: readonly Tensor[] = Array.isArray(roots) ? roots : [roots as Tensor];
  if (list.length === 0) throw new ArgumentError(`${name}: no tensors (got an empty array, expected at least one).`);
  for (const root of list) requireTensor(name, root);
  const numbers = new Map<Tensor, number>();
  const stack = list.toReversed();
  while (stack.length > 0) {
    const t = stack[stack.length - 1];
    const missing = numbers.has(t) ? [] : inputsOf(t).filter((input) => !numbers.has(input));
    if (missing.length > 0) {
      stack.push(...missing.toReversed());
      continue;
    }
    stack.pop();
    if (!numbers.has(t)) numbers.set(t, numbers.size);
  }
  return numbers;
}

/**
 * The pending graph of tensors, one node a line: `%2 mul f32[3] pending (%0, %1)`. A node is `stored` (its values are
 * there, and what they were computed from is not shown), `pending`, a number, a `placeholder` of a function that is being
 * compiled, or `disposed`. Nothing is evaluated.
 * @throws ArgumentError for something that is no tensor, DisposedError for a disposed one
 */
export function graphText(tensors: Tensor | readonly Tensor[]): string {
  const nodes = nodesOf("graphText", tensors);
  return Array.from(nodes, ([t, number]) => {
    const ins = inputsOf(t).map((input) => `%${nodes.get(input)}`);
    const tail = ins.length > 0 ? ` (${ins.join(", ")})` : "";
    return `%${number} ${t.op.name} ${t.dtype}${showShape(t.shape)} ${stateOf(t)}${tail}`;
  }).join("\n");
}

/**
 * The same graph in the language of Graphviz, for `dot -Tsvg`: stored values are filled boxes, numbers have no frame, and
 * an arrow leads from each input to what uses it.
 * @throws as {@link graphText}
 */
export function graphDot(tensors: Tensor | readonly Tensor[]): string {
  const nodes = nodesOf("graphDot", tensors);
  const lines = ["digraph ansatz {", "  node [shape=box];"];
  for (const [t, number] of nodes) {
    const label = `${t.op.name}\\n${t.dtype}${showShape(t.shape)}\\n${stateOf(t)}`.replaceAll('"', '\\"');
    let style = "";
    if (t.storage !== null) style = ", style=filled";
    else if (t.op.kind === "scalar") style = ", shape=plaintext";
    lines.push(`  n${number} [label="${label}"${style}];`);
    for (const input of inputsOf(t)) lines.push(`  n${nodes.get(input)} -> n${number};`);
  }
  return [...lines, "}"].join("\n");
}
