/** Sums over the invocations of a workgroup. */

/** Invocations of workgroups that have a vector each. */
export const LANES = 64;

/**
 * WGSL: `total(local, value)`, the sum of a vector of four over all invocations, the same in each, added up in a fixed order; and
 * `most(local, key)`, the largest key. Must be called by all.
 */
export const REDUCE: string = `var<workgroup> sums: array<vec4<f32>, ${LANES}>;
fn total(local: i32, value: vec4<f32>) -> vec4<f32> {
  sums[local] = value;
  for (var span = ${LANES / 2}; span > 0; span >>= 1u) {
    workgroupBarrier();
    if (local < span) { sums[local] += sums[local + span]; }
  }
  workgroupBarrier();
  let sum = sums[0];
  workgroupBarrier();
  return sum;
}
var<workgroup> largest: array<u32, ${LANES}>;
fn most(local: i32, key: u32) -> u32 {
  largest[local] = key;
  for (var span = ${LANES / 2}; span > 0; span >>= 1u) {
    workgroupBarrier();
    if (local < span) { largest[local] = max(largest[local], largest[local + span]); }
  }
  workgroupBarrier();
  let found = largest[0];
  workgroupBarrier();
  return found;
}
`;

/**
 * WGSL: `power_of(key)`, the power of two that brings a magnitude, given as its bits, between 1 and 2; 1 for zero and what is not
 * finite; and its inverse.
 */
export const POWER: string = `fn power_of(key: u32) -> f32 {
  let exponent = key >> 23u;
  if (exponent == 0u || exponent >= 254u) { return 1.0f; }
  return bitcast<f32>((254u - exponent) << 23u);
}
fn inverse_of(power: f32) -> f32 { return bitcast<f32>((254u - (bitcast<u32>(power) >> 23u)) << 23u); }
`;

/** WGSL: what `total` needs to add up elements, and the element in its result. */
export function elementSum(complex: boolean): string {
  return complex
    ? "fn spread(x: T) -> vec4<f32> { return vec4<f32>(x, 0.0f, 0.0f); }\nfn gather(x: vec4<f32>) -> T { return x.xy; }\n"
    : "fn spread(x: T) -> vec4<f32> { return vec4<f32>(x, 0.0f, 0.0f, 0.0f); }\nfn gather(x: vec4<f32>) -> T { return x.x; }\n";
}
