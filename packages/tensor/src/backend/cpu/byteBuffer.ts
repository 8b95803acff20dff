/** Type of a value on the stack, of a parameter or of a local. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** Codes of the value types in the binary format. */
export const TYPE_CODES = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

/** A byte buffer that doubles its capacity when full, with the encodings of the binary format. */
export class ByteBuffer {
  data: Uint8Array = new Uint8Array(256);
  length = 0;

  #reserve(extra: number): void {
    if (this.length + extra <= this.data.length) return;
    const grown = new Uint8Array(Math.max(this.data.length * 2, this.length + extra));
    grown.set(this.data);
    this.data = grown;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.data[this.length++] = value;
  }

  bytes(source: Uint8Array | ByteBuffer): void {
    this.#reserve(source.length);
    this.data.set(source instanceof ByteBuffer ? source.data.subarray(0, source.length) : source, this.length);
    this.length += source.length;
  }

  /** Unsigned LEB128 of an integer in [0, 2^32). */
  unsigned(value: number): void {
    for (; value > 127; value >>>= 7) this.byte((value & 127) | 128);
    this.byte(value);
  }

  /** Signed LEB128. */
  signed(value: bigint): void {
    for (; value < -64n || value > 63n; value >>= 7n) this.byte(Number(value & 127n) | 128);
    this.byte(Number(value & 127n));
  }

  /** Another buffer, preceded by its length. */
  sized(content: ByteBuffer): void {
    this.unsigned(content.length);
    this.bytes(content);
  }

  name(text: string): void {
    const utf8 = new TextEncoder().encode(text);
    this.unsigned(utf8.length);
    this.bytes(utf8);
  }

  types(list: readonly ValueType[]): void {
    this.unsigned(list.length);
    for (const type of list) this.byte(TYPE_CODES[type]);
  }
}
