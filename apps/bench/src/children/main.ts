/** Runs one of the programs in this process and prints its figures as JSON: `node main.ts NAME`. */
import * as programs from "./programs.ts";

const name = process.argv[2] as keyof typeof programs;
process.stdout.write(`${JSON.stringify(await programs[name]())}\n`);
