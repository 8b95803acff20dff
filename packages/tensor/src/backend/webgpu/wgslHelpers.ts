/** WGSL functions that generated shaders call; each shader contains those it uses. */

/** Name of a helper function. */
export type Helper =
  | "pin"
  | "is_nan"
  | "rank_f32"
  | "neg_f32"
  | "order_f32"
  | "min_f32"
  | "max_f32"
  | "mulhi_u32"
  | "mulhi_i32"
  | "f32_of_u32"
  | "i32_of_f32"
  | "u32_of_f32";

interface HelperInfo {
  readonly needs: readonly Helper[];
  readonly text: string;
}

/** Helpers after those they call. */
export const HELPERS: Record<Helper, HelperInfo> = {
  // The same number: `zero_word`, which every shader defines, reads a zero that no compiler knows.
  pin: {
    needs: [],
    text: "fn pin(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ zero_word()); }",
  },
  is_nan: {
    needs: [],
    text: "fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }",
  },
  neg_f32: {
    needs: [],
    text: "fn neg_f32(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ 0x80000000u); }",
  },
  // Integers in the order of the floats, equal for both zeros.
  rank_f32: {
    needs: [],
    text: `fn rank_f32(x: f32) -> i32 {
  let magnitude = bitcast<i32>(x) & 0x7fffffff;
  return select(magnitude, -magnitude, bitcast<i32>(x) < 0);
}`,
  },
  // Integers in the order of the floats, with -0 before +0.
  order_f32: {
    needs: [],
    text: `fn order_f32(x: f32) -> i32 {
  let bits = bitcast<i32>(x);
  return bits ^ ((bits >> 31u) & 0x7fffffff);
}`,
  },
  min_f32: {
    needs: ["order_f32", "is_nan"],
    text: `fn min_f32(a: f32, b: f32) -> f32 {
  let x = select(b, a, order_f32(a) < order_f32(b));
  return select(select(x, b, is_nan(b)), a, is_nan(a));
}`,
  },
  max_f32: {
    needs: ["order_f32", "is_nan"],
    text: `fn max_f32(a: f32, b: f32) -> f32 {
  let x = select(b, a, order_f32(a) > order_f32(b));
  return select(select(x, b, is_nan(b)), a, is_nan(a));
}`,
  },
  // Four 16-bit products, as in the reference semantics.
  mulhi_u32: {
    needs: [],
    text: `fn mulhi_u32(a: u32, b: u32) -> u32 {
  let al = a & 0xffffu;
  let ah = a >> 16u;
  let bl = b & 0xffffu;
  let bh = b >> 16u;
  let mid = ah * bl + ((al * bl) >> 16u);
  let low = al * bh + (mid & 0xffffu);
  return ah * bh + (mid >> 16u) + (low >> 16u);
}`,
  },
  mulhi_i32: {
    needs: ["mulhi_u32"],
    text: `fn mulhi_i32(a: i32, b: i32) -> i32 {
  let high = bitcast<i32>(mulhi_u32(bitcast<u32>(a), bitcast<u32>(b)));
  return high - select(0, b, a < 0) - select(0, a, b < 0);
}`,
  },
  // Rounded once, in the addition: conversions of large numbers need not be rounded to nearest.
  f32_of_u32: {
    needs: [],
    text: `fn f32_of_u32(x: u32) -> f32 {
  return f32(i32(x >> 16u)) * 65536.0f + f32(i32(x & 0xffffu));
}`,
  },
  // Truncation that saturates; NaN gives 0. The clamp keeps the conversion itself in range.
  i32_of_f32: {
    needs: ["is_nan"],
    text: `fn i32_of_f32(x: f32) -> i32 {
  let inside = i32(clamp(x, -2147483648.0f, 2147483520.0f));
  let upper = select(inside, 2147483647, x >= 2147483648.0f);
  return select(upper, 0, is_nan(x));
}`,
  },
  u32_of_f32: {
    needs: ["is_nan"],
    text: `fn u32_of_f32(x: f32) -> u32 {
  let inside = u32(clamp(x, 0.0f, 4294967040.0f));
  let upper = select(inside, 4294967295u, x >= 4294967296.0f);
  return select(upper, 0u, is_nan(x));
}`,
  },
};

/** The text of the helpers in `used`, in an order that is the same for every shader. */
export function helperText(used: ReadonlySet<Helper>): string {
  return (Object.keys(HELPERS) as Helper[])
    .filter((name) => used.has(name))
    .map((name) => HELPERS[name].text)
    .join("\n");
}
