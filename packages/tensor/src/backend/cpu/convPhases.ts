/**
 * Zeros inserted between the inputs of a convolution make most products zero. Which taps of the kernel meet a real input
 * depends only on the output's index modulo a small number; sorted by it, the outputs fall into classes, and each class
 * is an ordinary convolution with fewer taps.
 */

/** One axis of a convolution: output i sees input (i stride - padding + t dilation) / spread through tap t. */
export interface Axis {
  readonly outputs: number;
  readonly taps: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  /** Input dilation. */
  readonly spread: number;
}

/** A class of outputs along one axis: `first`, `first + step`, ..., `count` of them. */
export interface AxisPhase {
  readonly first: number;
  readonly step: number;
  readonly count: number;
  /** The taps that meet inputs: `firstTap`, `firstTap + tapStep`, ..., `taps` of them. */
  readonly firstTap: number;
  readonly tapStep: number;
  readonly taps: number;
  /** Output i of the class sees input i stride - padding + t dilation through its tap t. */
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The classes of outputs along one axis; a single one where nothing is inserted. */
export function axisPhases({ outputs, taps, stride, padding, dilation, spread }: Axis): AxisPhase[] {
  const step = spread / greatestCommonDivisor(stride, spread);
  const tapStep = spread / greatestCommonDivisor(dilation, spread);
  const phases: AxisPhase[] = [];
  for (let first = 0; first < Math.min(step, outputs); first++) {
    let firstTap = 0;
    while (firstTap < taps && (first * stride - padding + firstTap * dilation) % spread !== 0) firstTap++;
    phases.push({
      first,
      step,
      count: Math.ceil((outputs - first) / step),
      firstTap,
      tapStep,
      taps: Math.ceil((taps - firstTap) / tapStep),
      stride: (step * stride) / spread,
      padding: firstTap < taps ? (padding - first * stride - firstTap * dilation) / spread : 0,
      dilation: (tapStep * dilation) / spread,
    });
  }
  return phases;
}
