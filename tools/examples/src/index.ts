/** The TypeScript examples of documentation as tests. */
export { asBlock, examplesOf, runTogether, type Printed } from "./together.ts";
export { documentationSuite, pagesOf, type DocumentationOptions } from "./suite.ts";
