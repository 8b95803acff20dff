/** `node scripts/buildPackage.ts` in a package's folder builds that package. */
import { buildPackage } from "./lib/build.ts";

try {
  await buildPackage(process.cwd());
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
