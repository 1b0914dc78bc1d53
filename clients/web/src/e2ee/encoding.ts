/**
 * Frames, integers, text and padding: every byte that is hashed, signed or sealed is made here (SPEC.md section 1).
 *
 * frame(label, f1, ...) = u32-be length || bytes, for the ASCII label and then for each field. Decoders take exactly
 * what encoders make: another label, a wrong width, a missing field or one byte too many throws BadEncoding.
 */

import { byteAt, type Bytes, concat, type Width } from "./bytes.ts";
import { BadEncoding, BadPadding } from "./errors.ts";

const LENGTH_BYTES = 4;
const ENCODER = new TextEncoder();
// A byte order mark is text like any other: the decoder must not take it away.
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What `unframe` takes for each field: its exact width, or null for any. */
export type Widths = readonly (Width | null)[];
/** What `unframe` gives: the fields, each of what its width stands for. */
export type Fields<W extends Widths> = { -readonly [K in keyof W]: W[K] extends Width<infer T> ? T : Bytes };

const labels = new Map<string, Bytes>();

/** A label with its length before it. Labels are this package's own constants, hence few. */
function encodedLabel(label: string): Bytes {
  let encoded = labels.get(label);
  if (encoded === undefined) {
    const raw = ENCODER.encode(label);
    encoded = concat(u32(raw.length), raw);
    labels.set(label, encoded);
  }
  return encoded;
}

/** Encodes a label and its fields (SPEC.md section 1.2). */
export function frame(label: string, ...fields: readonly Bytes[]): Bytes {
  const start = encodedLabel(label);
  let size = start.length;
  for (const field of fields) size += LENGTH_BYTES + field.length;
  const data = new Uint8Array(size);
  const view = new DataView(data.buffer);
  data.set(start);
  let at = start.length;
  for (const field of fields) {
    view.setUint32(at, field.length);
    data.set(field, at + LENGTH_BYTES);
    at += LENGTH_BYTES + field.length;
  }
  return data;
}

/** Reads one length-prefixed run of bytes at an offset; returns it and the offset after it. */
function read(data: Bytes, at: number): [Bytes, number] {
  const start = at + LENGTH_BYTES;
  if (start > data.length) throw new BadEncoding("the frame ends before its field does");
  const end = start + bigEndian(data, at, start);
  if (end > data.length) throw new BadEncoding("the frame ends before its field does");
  return [data.slice(start, end), end];
}

function readLabel(data: Bytes, label: string): number {
  const expected = encodedLabel(label);
  if (data.length < expected.length || expected.some((byte, at) => byte !== data[at])) {
    throw new BadEncoding(`not a ${label} frame`);
  }
  return expected.length;
}

/** Decodes a frame at the start of `data`, for padded data; returns its fields and the length of the frame. */
export function unframePrefix<const W extends Widths>(data: Bytes, label: string, widths: W): [Fields<W>, number] {
  let at = readLabel(data, label);
  const fields = widths.map((width, index) => {
    const [field, end] = read(data, at);
    if (width !== null && field.length !== width) {
      throw new BadEncoding(`field ${index} of ${label} has ${field.length} bytes instead of ${width}`);
    }
    at = end;
    return field;
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each field was held to its width, in order
  return [fields as Fields<W>, at];
}

/** Decodes a frame that is all of `data` (SPEC.md section 1.2). Throws BadEncoding. */
export function unframe<const W extends Widths>(data: Bytes, label: string, widths: W): Fields<W> {
  const [fields, end] = unframePrefix(data, label, widths);
  if (end !== data.length) throw new BadEncoding(`${data.length - end} bytes after the end of the ${label} frame`);
  return fields;
}

/** Decodes a frame of any number of fields that is all of `data`. Throws BadEncoding. */
export function unframeList(data: Bytes, label: string): Bytes[] {
  let at = readLabel(data, label);
  const fields: Bytes[] = [];
  while (at < data.length) {
    const [field, end] = read(data, at);
    fields.push(field);
    at = end;
  }
  return fields;
}

/** The label of a frame, without decoding its fields. Throws BadEncoding unless it is ASCII. */
export function labelOf(data: Bytes): string {
  const [raw] = read(data, 0);
  if (raw.some((byte) => byte > 0x7f)) throw new BadEncoding("the label is not ASCII");
  return DECODER.decode(raw);
}

function unsigned(value: number, width: 1 | 2 | 4 | 8): Bytes {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** (8 * width)) {
    throw new BadEncoding(`${value} does not fit ${width} unsigned bytes`);
  }
  const data = new Uint8Array(width);
  for (let at = width - 1, rest = value; at >= 0; at--, rest = Math.floor(rest / 256)) data[at] = rest % 256;
  return data;
}

export const u8 = (value: number): Bytes => unsigned(value, 1);
export const u16 = (value: number): Bytes => unsigned(value, 2);
export const u32 = (value: number): Bytes => unsigned(value, 4);
/** Up to 2^53 - 1, the largest whole number that a JavaScript number holds: more is refused, not rounded. */
export const u64 = (value: number): Bytes => unsigned(value, 8);

function bigEndian(data: Bytes, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 256 + byteAt(data, at);
  return value;
}

function readUnsigned(data: Bytes, width: number): number {
  if (data.length !== width) throw new BadEncoding(`u${8 * width} has ${data.length} bytes instead of ${width}`);
  return bigEndian(data, 0, width);
}

export const readU8 = (data: Bytes): number => readUnsigned(data, 1);
export const readU16 = (data: Bytes): number => readUnsigned(data, 2);
export const readU32 = (data: Bytes): number => readUnsigned(data, 4);
/** Throws BadEncoding beyond 2^53 - 1: no number of JavaScript holds it, and none is rounded. */
export function readU64(data: Bytes): number {
  const value = readUnsigned(data, 8);
  if (value > Number.MAX_SAFE_INTEGER) throw new BadEncoding("the u64 is larger than this implementation holds");
  return value;
}

/**
 * A u64 that is only compared with what this client met itself, a seq say: one beyond 2^53 - 1 is more than any, and is
 * Infinity here, which compares so, equals no seq and is not encoded again.
 */
export function readBound(data: Bytes): number {
  const value = readUnsigned(data, 8);
  return value > Number.MAX_SAFE_INTEGER ? Infinity : value;
}

/** Encodes text as it is, without normalising it. Throws BadEncoding for a lone surrogate. */
export function utf8(text: string): Bytes {
  if (!text.isWellFormed()) throw new BadEncoding("the text holds a lone surrogate");
  return ENCODER.encode(text);
}

/** Decodes text; throws BadEncoding for anything that is not well-formed UTF-8. */
export function readUtf8(data: Bytes): string {
  try {
    return DECODER.decode(data);
  } catch (cause) {
    throw new BadEncoding("the text is not UTF-8", { cause });
  }
}

/** Text of which the caller knows that it is ASCII. */
export const ascii = (text: string): Bytes => ENCODER.encode(text);

const WORD = /^[a-z_]{1,32}$/;

/** Encodes a word of the protocol (a kind, a role, a method): 1 to 32 characters of a-z and `_`. */
export function asciiWord(text: string): Bytes {
  if (!WORD.test(text)) throw new BadEncoding("not a word of the protocol");
  return ENCODER.encode(text);
}

/** Decodes a word of the protocol. Throws BadEncoding. */
export function readAsciiWord(data: Bytes): string {
  let text = "";
  for (const byte of data.subarray(0, 33)) text += String.fromCharCode(byte);
  asciiWord(text);
  return text;
}

/** The padded length of `length` bytes by PADMÉ: at most 12 % more, O(log log) bits told (SPEC.md section 1.4). */
export function padme(length: number): number {
  if (length < 2) return length;
  const exponent = bitLength(length) - 1;
  const step = 2 ** (exponent - bitLength(exponent));
  return Math.ceil(length / step) * step;
}

function bitLength(value: number): number {
  let bits = 0;
  for (let rest = value; rest >= 1; rest = Math.floor(rest / 2)) bits++;
  return bits;
}

/** Appends zero bytes up to `size`. Throws BadPadding when there is no room. */
export function pad(data: Bytes, size: number): Bytes {
  if (data.length > size) throw new BadPadding(`${data.length} bytes do not fit ${size}`);
  const padded = new Uint8Array(size);
  padded.set(data);
  return padded;
}

/** Throws BadPadding unless `padded` has `size` bytes, and only zeros after its first `used`. */
export function checkPadding(padded: Bytes, used: number, size: number): void {
  if (padded.length !== size) throw new BadPadding(`padded to ${padded.length} bytes instead of ${size}`);
  let rest = 0;
  for (let at = used; at < size; at++) rest |= byteAt(padded, at);
  if (rest !== 0) throw new BadPadding("the padding is not all zero");
}

/** u16 length || value, zero-padded to `size` bytes in all. Throws BadPadding when there is no room. */
export function padValue(value: Bytes, size: number): Bytes {
  if (value.length > Math.min(size - 2, 0xffff)) {
    throw new BadPadding(`a value of ${value.length} bytes does not fit ${size - 2}`);
  }
  return pad(concat(u16(value.length), value), size);
}

/** Takes back what `padValue` made. Throws BadPadding. */
export function unpadValue(padded: Bytes, size: number): Bytes {
  const end = 2 + bigEndian(padded, 0, Math.min(2, padded.length));
  checkPadding(padded, Math.min(end, padded.length), size);
  if (end > size) throw new BadPadding("the value ends after its padding");
  return padded.slice(2, end);
}
