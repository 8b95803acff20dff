/** Portable Network Graphics. */
import type { Pixels } from "./picture.ts";

const TABLE = /*@__PURE__*/ Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function checksum(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = TABLE[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

const word = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

function chunk(type: string, body: Uint8Array): Uint8Array {
  const head = Uint8Array.from(type, (c) => c.charCodeAt(0));
  const checked = new Uint8Array(4 + body.length);
  checked.set(head);
  checked.set(body, 4);
  return Uint8Array.from([...word(body.length), ...checked, ...word(checksum(checked))]);
}

async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Pixels as a PNG file, 8 bits per channel with opacity (RFC 2083), compressed by the platform. Every row is stored as it is. */
export async function toPng({ width, height, data }: Pixels): Promise<Uint8Array> {
  const rows = new Uint8Array(height * (4 * width + 1));
  for (let i = 0; i < height; i++) rows.set(data.subarray(4 * i * width, 4 * (i + 1) * width), i * (4 * width + 1) + 1);
  const header = Uint8Array.from([...word(width), ...word(height), 8, 6, 0, 0, 0]);
  const parts = [
    Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
    chunk("IHDR", header),
    chunk("IDAT", await deflated(rows)),
    chunk("IEND", new Uint8Array(0)),
  ];
  const file = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
