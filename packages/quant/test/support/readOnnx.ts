/** Reading .onnx files, as far as the tests need it. */

interface Tensor {
  readonly type: number;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, number>>;
}

type Fields = Map<number, (number | Uint8Array)[]>;

function fieldsOf(bytes: Uint8Array): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): number => {
    let [value, shift] = [0n, 0n];
    for (;;) {
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
      shift += 7n;
    }
  };
  while (at < bytes.length) {
    const head = varint();
    const [number, wire] = [head >> 3, head & 7];
    let value: number | Uint8Array;
    if (wire === 0) value = varint();
    else if (wire === 5) {
      value = new DataView(bytes.buffer, bytes.byteOffset + at).getFloat32(0, true);
      at += 4;
    } else {
      const length = varint();
      value = bytes.subarray(at, at + length);
      at += length;
    }
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

const text = (bytes: number | Uint8Array): string => new TextDecoder().decode(bytes as Uint8Array);

/** The nodes and constants of a model. */
export function readOnnx(file: Uint8Array): { nodes: readonly Node[]; constants: ReadonlyMap<string, Tensor> } {
  const graph = fieldsOf(fieldsOf(file).get(7)?.[0] as Uint8Array);
  const nodes = (graph.get(1) ?? []).map((bytes) => {
    const node = fieldsOf(bytes as Uint8Array);
    const attributes = (node.get(5) ?? []).map((attribute) => {
      const f = fieldsOf(attribute as Uint8Array);
      return [text(f.get(1)?.[0] as Uint8Array), f.get(3)?.[0] as number] as const;
    });
    return {
      op: text(node.get(4)?.[0] as Uint8Array),
      inputs: (node.get(1) ?? []).map(text),
      outputs: (node.get(2) ?? []).map(text),
      attributes: Object.fromEntries(attributes),
    };
  });
  const constants = (graph.get(5) ?? []).map((bytes) => {
    const f = fieldsOf(bytes as Uint8Array);
    const dims = (f.get(1) ?? []).flatMap((d) => {
      if (typeof d === "number") return [d];
      // Packed extents.
      return Array.from(d);
    });
    const value = {
      type: f.get(2)?.[0] as number,
      dims,
      bytes: Uint8Array.from((f.get(9)?.[0] as Uint8Array | undefined) ?? []),
    };
    return [text(f.get(8)?.[0] as Uint8Array), value] as const;
  });
  return { nodes, constants: new Map(constants) };
}
