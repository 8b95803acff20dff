/** Adds cold branches, threads and the JavaScript oracle to the CPU device. Imported for its effect by the package root. */
import { folding } from "../../kernel/expr.ts";
import { evaluate } from "../../kernel/semantics.ts";
import { findCold } from "./emitCold.ts";
import { createJsEngine } from "./jsEngine.ts";
import { parts } from "./parts.ts";
import { createPool } from "./pool.ts";

parts.findCold = findCold;
folding.evaluate = evaluate;
parts.createPool = createPool;
parts.createJsEngine = createJsEngine;
