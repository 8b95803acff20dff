/** All benchmark suites. */
import type { Suite } from "./base.ts";
import { inverseSuite } from "./inverse/suite.ts";
import { optimSuite } from "./optim/suite.ts";
import { qmcSuite } from "./qmc/suite.ts";
import { quantSuite } from "./quant/suite.ts";
import { samplersSuite } from "./samplers/suite.ts";
import { tensorSuite } from "./tensor/suite.ts";

export const suites: readonly Suite[] = [tensorSuite, samplersSuite, qmcSuite, quantSuite, optimSuite, inverseSuite];
