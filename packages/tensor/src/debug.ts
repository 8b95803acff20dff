/**
 * Looking inside: values as text, and the pending graph as text and as a drawing.
 *
 * @module
 */
import "./backend/cpu/complete.ts";
export { format, type FormatOptions } from "./debug/format.ts";
export { graphDot, graphText } from "./debug/graph.ts";
