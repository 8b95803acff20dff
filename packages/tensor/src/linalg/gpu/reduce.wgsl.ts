/** Sums over the invocations of a workgroup. */

/** Invocations of workgroups that have a vector each. */
export const LANES = 64;

/** Invocations that add up what as many have written. */
const SIDE = 8;

/** A function of `local` and a value that finds the same for all: in two steps, as barriers cost more than additions. */
function reduction(name: string, type: string, merge: (x: string, y: string) => string): string {
  return `var<workgroup> ${name}_of_each: array<${type}, ${LANES}>;
var<workgroup> ${name}_of_parts: array<${type}, ${SIDE}>;
fn ${name}(local: i32, value: ${type}) -> ${type} {
  ${name}_of_each[local] = value;
  workgroupBarrier();
  if (local < ${SIDE}) {
    var part = ${name}_of_each[local * ${LANES / SIDE}];
    for (var i = 1; i < ${LANES / SIDE}; i++) { part = ${merge("part", `${name}_of_each[local * ${LANES / SIDE} + i]`)}; }
    ${name}_of_parts[local] = part;
  }
  workgroupBarrier();
  var found = ${name}_of_parts[0];
  for (var i = 1; i < ${SIDE}; i++) { found = ${merge("found", `${name}_of_parts[i]`)}; }
  return found;
}
`;
}

/**
 * WGSL: `total(local, value)`, the sum of a vector of four over all invocations, the same in each, added up in a fixed order; and
 * `most(local, key)`, the largest key. Must be called by all.
 */
export const REDUCE: string =
  reduction("total", "vec4<f32>", (x, y) => `${x} + ${y}`) + reduction("most", "u32", (x, y) => `max(${x}, ${y})`);

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
