/** `node scripts/buildPackage.ts` in a package's folder builds that package. */
import { buildPackage } from "./lib/build.ts";

await buildPackage(process.cwd());
