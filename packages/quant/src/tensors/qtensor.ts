/** Quantised tensors: packed codes and scales as tensors of the core. */
import { DTypeError, isTensor, tensor } from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import type { Encoded, TensorFormat } from "./base.ts";
import { packBits, unpackBits } from "./packBits.ts";

/** A tensor in a number format. */
export interface QTensor {
  readonly format: TensorFormat;
  /** Shape of the tensor that was quantised. */
  readonly shape: readonly number[];
  /** The codes, `format.bits` each, packed into u32 words without gaps. */
  readonly codes: Tensor;
  /** Number of codes. */
  readonly count: number;
  /** Scales (f32), as the format orders them. */
  readonly scale: Tensor;
  /** Zero points (i32), where the format has them. */
  readonly zeroPoint?: Tensor;
  /** Bytes of everything above as a file would store them: packed codes, and 4 bytes for each scale and zero point. */
  readonly bytes: number;
}

/**
 * A tensor in a number format.
 * @param x f32
 * @throws DTypeError for other types; errors of the format for its values and shape
 * @example
 * const q = await quantize(weight, affineFormat({ type: "i4", symmetric: true, granularity: { per: "group", group: 32 } }));
 */
export async function quantize(x: Tensor, format: TensorFormat): Promise<QTensor> {
  if (!isTensor(x) || x.dtype !== "f32") {
    throw new DTypeError(`quantize: x is not an f32 tensor (got ${isTensor(x) ? x.dtype : typeof x}, expected f32).`);
  }
  const { codes, scale, zeroPoint } = format.encode(await x.data(), x.shape);
  const words = packBits(codes, format.bits);
  return {
    format,
    shape: x.shape,
    codes: tensor(words),
    count: codes.length,
    scale: tensor(scale),
    ...(zeroPoint === undefined ? {} : { zeroPoint: tensor(zeroPoint) }),
    bytes: words.byteLength + scale.byteLength + (zeroPoint?.byteLength ?? 0),
  };
}

/** The codes and scales of a quantised tensor as arrays. */
export async function unpackQTensor(q: QTensor): Promise<Encoded> {
  const codes = unpackBits(await q.codes.data(), q.format.bits, q.count, q.format.signed);
  const scale = (await q.scale.data()) as Float32Array<ArrayBuffer>;
  if (q.zeroPoint === undefined) return { codes, scale };
  return { codes, scale, zeroPoint: (await q.zeroPoint.data()) as Int32Array<ArrayBuffer> };
}

/** The f32 tensor that a quantised one stands for. */
export async function dequantize(q: QTensor): Promise<Tensor> {
  return tensor(q.format.decode(await unpackQTensor(q), q.shape), { shape: q.shape });
}
