/**
 * What a message says, once opened (SPEC.md section 6.6). New kinds of content come as new labels.
 *
 * A content that this version does not know is `UnknownContent`: every client shows the same placeholder for it, so that
 * nobody can tell from an answer which version the peer runs.
 */

import type { Bytes } from "./bytes.ts";
import { frame, labelOf, readUtf8, unframe, utf8 } from "./encoding.ts";

/** Plain text as it was typed. */
export interface Text {
  readonly kind: "Text";
  readonly text: string;
}

/** A content of a later version. */
export interface UnknownContent {
  readonly kind: "UnknownContent";
  readonly label: string;
}

export type Content = Text | UnknownContent;

const TEXT = "pli1/content-text";

export const encodeText = (text: string): Bytes => frame(TEXT, utf8(text));

/** Decodes an opened content. Throws BadEncoding for what is not a frame, or a known one of bad form. */
export function decodeContent(content: Bytes): Content {
  const label = labelOf(content);
  if (label !== TEXT) return { kind: "UnknownContent", label };
  const [text] = unframe(content, TEXT, [null]);
  return { kind: "Text", text: readUtf8(text) };
}
