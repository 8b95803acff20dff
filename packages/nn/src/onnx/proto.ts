/** Writing protocol buffers: varints and length-delimited fields, which is all that ONNX needs besides floats. */

const utf8 = new TextEncoder();

/** A field: bytes, nested messages and texts are length-delimited, integers are varints, `float` is four bytes. */
export type Field = readonly [number: number, value: Uint8Array | string | number | { readonly float: number }];

function varint(to: number[], value: number): void {
  // Negative integers are two's complement in 64 bits.
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) to.push(Number(rest & 127n) | 128);
  to.push(Number(rest));
}

/** The bytes of a message. */
export function message(...fields: readonly Field[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [number, value] of fields) {
    const head: number[] = [];
    if (typeof value === "number") {
      varint(head, number * 8);
      varint(head, value);
      parts.push(Uint8Array.from(head));
    } else if (typeof value === "object" && "float" in value) {
      varint(head, number * 8 + 5);
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setFloat32(0, value.float, true);
      parts.push(Uint8Array.from(head), bytes);
    } else {
      const content = typeof value === "string" ? utf8.encode(value) : value;
      varint(head, number * 8 + 2);
      varint(head, content.length);
      parts.push(Uint8Array.from(head), content);
    }
  }
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
