/** Running reductions. */
export {
  cumargmax,
  cumargmin,
  cummax,
  cummin,
  cumprod,
  cumsum,
  linearRecurrence,
  type InclusiveScanOptions,
  type ScanOptions,
} from "./scan/scan.ts";
export { logcumsumexp } from "./scan/logcumsumexp.ts";
