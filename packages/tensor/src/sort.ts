/** Sorting and running reductions along an axis. */
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
export { argsort, sort, topk, type SortOptions, type Topk, type TopkOptions } from "./sorting/sort.ts";
