/** What a page is told of how far a conversation came; `course` says what it comes to. */

import type { ClosingReason, Id } from "../wire/types.ts";
import type { Step } from "./openly.ts";

/** How far the two sides say that they came. By party: 0 wrote first, 1 was written to. */
export interface Course {
  /** When each side last wrote, ms; 0: never. */
  readonly wrote: readonly [number, number];
  /** What the sides said openly, by `word party`: each word once, so that nobody makes it grow. */
  readonly marks: Readonly<Record<string, Mark>>;
}

export interface Mark {
  /** How often. */
  readonly n: number;
  /** Of the last time. */
  readonly seq: number;
  readonly at: number;
  /** Of a closing, where it was told. */
  readonly reason: ClosingReason | null;
}

/** Of one conversation. */
export interface Way {
  /** Which party one's own side is; 2: a third one. */
  readonly party: number;
  /** As the service has it, which a third party needs: it may not read how the sides came there. */
  readonly stage: string;
  /** As this device verified it; null: not since this version. */
  readonly course: Course | null;
  /** Whether the peer saw the last message. */
  readonly seen: boolean;
}

/** What changes it, or says what one thinks of it. */
export type WayAction =
  | {
      readonly type: "close";
      readonly thread: Id;
      readonly msgId: Id;
      readonly reason: ClosingReason;
      readonly tell: boolean;
    }
  | { readonly type: "reopen"; readonly thread: Id; readonly msgId: Id }
  | { readonly type: "step"; readonly thread: Id; readonly msgId: Id; readonly step: Step }
  | { readonly type: "rate"; readonly thread: Id; readonly satisfied: number; readonly recommends: number };
