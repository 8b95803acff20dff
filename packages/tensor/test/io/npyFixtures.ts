/** Files written by NumPy 2.4.6 on a little-endian machine, with what they hold. */
import type { DType } from "../../src/dtype.ts";

export interface NpyFixture {
  readonly name: string;
  readonly base64: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Elements in C order. */
  readonly values: readonly number[];
  /** Whether writing the same tensor must give the same bytes. */
  readonly roundTrip: boolean;
}

export const NPY_FIXTURES: readonly NpyFixture[] = [
  {
    name: "f4 matrix",
    dtype: "f32",
    shape: [2, 3],
    values: [-1, -0.5, 0, 0.5, 1, 1.5],
    roundTrip: true,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIC/AAAAvwAAAAAAAAA/AACAPwAAwD8=",
  },
  {
    name: "f4 in Fortran order",
    dtype: "f32",
    shape: [2, 3],
    values: [-1, -0.5, 0, 0.5, 1, 1.5],
    roundTrip: false,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIC/AAAAPwAAAL8AAIA/AAAAAAAAwD8=",
  },
  {
    name: "f4 cube in Fortran order",
    dtype: "f32",
    shape: [2, 3, 4],
    values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23],
    roundTrip: false,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAABAQQAAgEAAAIBBAAAAQQAAoEEAAIA/AABQQQAAoEAAAIhBAAAQQQAAqEEAAABAAABgQQAAwEAAAJBBAAAgQQAAsEEAAEBAAABwQQAA4EAAAJhBAAAwQQAAuEE=",
  },
  {
    name: "f4 big endian",
    dtype: "f32",
    shape: [2, 3],
    values: [-1, -0.5, 0, 0.5, 1, 1.5],
    roundTrip: false,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPmY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAq/gAAAvwAAAAAAAAA/AAAAP4AAAD/AAAA=",
  },
  {
    name: "f8 with special values",
    dtype: "f64",
    shape: [6],
    values: [0.1, -Infinity, Infinity, NaN, 5e-324, 1.7976931348623157e308],
    roundTrip: true,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDYsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqamZmZmZm5PwAAAAAAAPD/AAAAAAAA8H8AAAAAAAD4fwEAAAAAAAAA////////738=",
  },
  {
    name: "f8 big endian in Fortran order",
    dtype: "f64",
    shape: [2, 3],
    values: [0, 0.14285714285714285, 0.2857142857142857, 0.42857142857142855, 0.5714285714285714, 0.7142857142857143],
    roundTrip: false,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPmY4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAD/bbbbbbbbbP8JJJJJJJJI/4kkkkkkkkj/SSSSSSSSSP+bbbbbbbbc=",
  },
  {
    name: "i4",
    dtype: "i32",
    shape: [4],
    values: [-2147483648, -1, 0, 2147483647],
    roundTrip: true,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDQsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAACA/////wAAAAD///9/",
  },
  {
    name: "i4 big endian",
    dtype: "i32",
    shape: [2, 1],
    values: [-2147483648, 2147483647],
    roundTrip: false,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPmk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDEpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqAAAAAf////w==",
  },
  {
    name: "u4",
    dtype: "u32",
    shape: [2],
    values: [0, 4294967295],
    roundTrip: true,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPHU0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAA/////w==",
  },
  {
    name: "b1",
    dtype: "bool",
    shape: [1, 3],
    values: [1, 0, 1],
    roundTrip: true,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAE=",
  },
  {
    name: "i1",
    dtype: "i32",
    shape: [2],
    values: [-128, 127],
    roundTrip: false,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnfGkxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqAfw==",
  },
  {
    name: "u1",
    dtype: "u32",
    shape: [2],
    values: [0, 255],
    roundTrip: false,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoA/w==",
  },
  {
    name: "i2",
    dtype: "i32",
    shape: [2],
    values: [-32768, 32767],
    roundTrip: false,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGkyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAgP9/",
  },
  {
    name: "u2 big endian",
    dtype: "u32",
    shape: [2],
    values: [1, 65535],
    roundTrip: false,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPnUyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAf//",
  },
  {
    name: "f2",
    dtype: "f32",
    shape: [5],
    values: [1.5, -65504, 5.960464477539063e-8, 0.333251953125, Infinity],
    roundTrip: false,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDUsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAPv/7AQBVNQB8",
  },
  {
    name: "scalar",
    dtype: "f32",
    shape: [],
    values: [2.5],
    roundTrip: true,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAACBA",
  },
  {
    name: "empty",
    dtype: "f32",
    shape: [0, 3],
    values: [],
    roundTrip: true,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=",
  },
  {
    name: "version 2",
    dtype: "f32",
    shape: [3],
    values: [1, 2, 3],
    roundTrip: false,
    base64:
      "k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AAAAQAAAQEA=",
  },
  {
    name: "version 3",
    dtype: "f32",
    shape: [3],
    values: [1, 2, 3],
    roundTrip: false,
    base64:
      "k05VTVBZAwB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AAAAQAAAQEA=",
  },
  {
    name: "eight axes",
    dtype: "i32",
    shape: [2, 2, 1, 1, 1, 2, 2, 2],
    values: [
      0, 1, 2, 3, 4, 5, 6, 7, 64, 65, 66, 67, 68, 69, 70, 71, 128, 129, 130, 131, 132, 133, 134, 135, 192, 193, 194,
      195, 196, 197, 198, 199,
    ],
    roundTrip: false,
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIsIDEsIDEsIDEsIDIsIDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAQAAAAIAAAADAAAABAAAAAUAAAAGAAAABwAAAEAAAABBAAAAQgAAAEMAAABEAAAARQAAAEYAAABHAAAAgAAAAIEAAACCAAAAgwAAAIQAAACFAAAAhgAAAIcAAADAAAAAwQAAAMIAAADDAAAAxAAAAMUAAADGAAAAxwAAAA==",
  },
];

/** Files with element types that are not read. */
export const NPY_REJECTED: readonly (readonly [string, string])[] = [
  [
    "U",
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPFUyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAphAAAAYgAAAA==",
  ],
  [
    "S",
    "k05VTVBZAQB2AHsnZGVzY3InOiAnfFMyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAphYg==",
  ],
  [
    "M8",
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPE04W0RdJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIApWRwAAAAAAAA==",
  ],
  [
    "struct",
    "k05VTVBZAQB2AHsnZGVzY3InOiBbKCdhJywgJzxpNCcpLCAoJ2InLCAnPGY0JyldLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAAAAQA==",
  ],
];
