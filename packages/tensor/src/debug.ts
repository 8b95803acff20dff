/**
 * Looking inside: values as text, the pending graph as text and as a drawing, and reports of what a device runs.
 *
 * @module
 */
import "./backend/cpu/complete.ts";
export { format, type FormatOptions } from "./debug/format.ts";
export { graphDot, graphText } from "./debug/graph.ts";
export { siteOf, trackSites } from "./debug/sites.ts";
export { traceKernels, type KernelEvent, type TraceOptions } from "./debug/trace.ts";
