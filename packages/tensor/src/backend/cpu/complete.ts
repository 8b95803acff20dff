/** Adds cold branches, threads and the JavaScript oracle to the CPU device. Imported for its effect by the package root. */
import { findCold } from "./emitCold.ts";
import { createJsEngine, plainMemory } from "./jsEngine.ts";
import { parts } from "./parts.ts";
import { createPool } from "./pool.ts";

parts.findCold = findCold;
parts.createPool = createPool;
parts.createJsEngine = createJsEngine;
parts.plainMemory = plainMemory;
