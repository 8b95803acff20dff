/** Selecting, replacing and counting by computed positions, and rearranging by fixed ones. */
export { scatterAddAlong, takeAlong } from "./indexing/along.ts";
export { diag, diagonal, roll, tril, triu } from "./indexing/matrix.ts";
export { indexAdd, put } from "./indexing/put.ts";
export {
  bincount,
  histogram,
  searchsorted,
  type Histogram,
  type HistogramOptions,
  type SearchsortedOptions,
} from "./indexing/search.ts";
