/** Golden files as tests. */
export { knownKeys, unknownCase, unknownSections } from "./cases.ts";
export type { GoldenCase, GoldenReader } from "./cases.ts";
export { absolute, expectClose, expectCloseNorm, expectEqual, relative, relativeToLargest } from "./compare.ts";
export type { Limit, Tolerance } from "./compare.ts";
export { goldenSuite } from "./suite.ts";
export type { Pending } from "./suite.ts";
