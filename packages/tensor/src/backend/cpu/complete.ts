/** Adds cold branches, groups of rows, threads and the JavaScript oracle to the CPU device. Imported for its effect by the package root. */
import { findCold } from "./emitCold.ts";
import { createJsEngine, plainMemory } from "./jsEngine.ts";
import { parts } from "./parts.ts";
import { createPool } from "./pool.ts";
import { emitRows } from "./emitRows.ts";
import { groupRows } from "./rows.ts";
import { placeInTime } from "./tempsInTime.ts";

parts.findCold = findCold;
parts.createPool = createPool;
parts.rows = { group: groupRows, emit: emitRows };
parts.createJsEngine = createJsEngine;
parts.plainMemory = plainMemory;
parts.placeInTime = placeInTime;
