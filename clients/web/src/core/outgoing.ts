/** What a message that has no ack yet says. */

import { decodeContent } from "../e2ee/content.ts";
import { E2EEError } from "../e2ee/errors.ts";
import { fromBase64 } from "./base64.ts";
import type { Outgoing } from "./local.ts";

/** Its text; null where it has none: a notice. */
export function textOf(message: Outgoing): string | null {
  if (message.kind !== "text") {
    return null;
  }
  try {
    const content = decodeContent(fromBase64(message.content));
    return content.kind === "Text" ? content.text : null;
  } catch (error) {
    if (error instanceof E2EEError) {
      return null;
    }
    throw error;
  }
}
