/** What `fft.js` exports; it comes without types. */
declare module "fft.js" {
  /** Transforms of one length, a power of two. */
  export default class FFT {
    constructor(size: number);
    createComplexArray(): number[];
    transform(output: number[], input: readonly number[]): void;
  }
}
