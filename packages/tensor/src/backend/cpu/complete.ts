/** Adds what is listed in `parts.ts`, but reductions, to the CPU device. Imported for its effect by the package root. */
import { findCold } from "./emitCold.ts";
import { createJsEngine, plainMemory } from "./jsEngine.ts";
import { createLedger } from "./ledger.ts";
import { parts } from "./parts.ts";
import { createPool } from "./pool.ts";
import { copiesTogether, evaluateTogether } from "./emitTogether.ts";
import { groupRows } from "./rows.ts";
import { addRows } from "./rowsCall.ts";
import { placeInTime } from "./tempsInTime.ts";

parts.findCold = findCold;
parts.createPool = createPool;
parts.together = { copies: copiesTogether, evaluate: evaluateTogether };
parts.rows = { group: groupRows, add: addRows };
parts.createJsEngine = createJsEngine;
parts.plainMemory = plainMemory;
parts.placeInTime = placeInTime;
parts.createLedger = createLedger;
