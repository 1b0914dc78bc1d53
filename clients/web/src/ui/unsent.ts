/** What stands in a composer and is not sent yet, and how it goes together with the draft that all seats and devices share. */

export interface Unsent {
  readonly text: string;
  /**
   * Whose it is: `shared`, the draft as it came; `typed` here since, and nobody else has it; `keeping`, on its
   * way: an older draft of one's own may still come; `kept`, typed here and given to
   * the others. Only what was typed is ever kept: what merely stands there is not newer than what others wrote.
   */
  readonly state: "shared" | "typed" | "keeping" | "kept";
}

export const nothingUnsent: Unsent = { text: "", state: "shared" };

/**
 * Meets a draft that came. What is typed meanwhile stays; what was kept gives way to what others made of it, but not under
 * the fingers of whoever `isWriting`.
 */
export function met(unsent: Unsent, draft: string | null, isWriting: boolean): Unsent {
  const { state } = unsent;
  const stays = state === "typed" || state === "keeping" || (state === "kept" && isWriting);
  return draft === null || draft === unsent.text || stays ? unsent : { text: draft, state: "shared" };
}
