/** Everybody that Ansatz is measured against. They are development dependencies of this package, or found on the machine. */
import { openFftjs } from "./fftjs.ts";
import { openJax } from "./jax.ts";
import { openMlMatrix } from "./mlMatrix.ts";
import { openNumpy } from "./numpy.ts";
import { openOnnxruntime } from "./onnxruntime.ts";
import { openNumpyTs } from "./numpyTs.ts";
import { openTfjs } from "./tfjs.ts";
import type { Peer } from "./work.ts";

/** A peer that may or may not be there. */
export interface PeerEntry {
  readonly name: string;
  /** Npm package, or the program that it needs. */
  readonly from: string;
  readonly url: string;
  /** Starts it. @throws Error when it is not there */
  open(): Promise<Peer>;
}

/** All peers. */
export const peers: readonly PeerEntry[] = [
  {
    name: "tfjs-wasm",
    from: "@tensorflow/tfjs-backend-wasm",
    url: "https://github.com/tensorflow/tfjs",
    open: openTfjs,
  },
  {
    name: "onnxruntime-web",
    from: "onnxruntime-web",
    url: "https://github.com/microsoft/onnxruntime",
    open: openOnnxruntime,
  },
  { name: "jax-js", from: "@jax-js/jax", url: "https://github.com/ekzhang/jax-js", open: openJax },
  { name: "numpy-ts", from: "numpy-ts", url: "https://github.com/dupontcyborg/numpy-ts", open: openNumpyTs },
  { name: "fft.js", from: "fft.js", url: "https://github.com/indutny/fft.js", open: openFftjs },
  { name: "ml-matrix", from: "ml-matrix", url: "https://github.com/mljs/matrix", open: openMlMatrix },
  { name: "NumPy", from: "python3", url: "https://numpy.org", open: openNumpy },
];
