import { describe, expect, it, vi } from "vitest";
import { Drawing } from "./drawing.ts";
import { pause } from "./tasks.ts";

/** Draws what there is when it begins, and shows it when it is told to. */
class Board {
  value = 0;
  begun = 0;
  readonly shown: number[] = [];
  readonly #ends: (() => void)[] = [];

  readonly draw = async (): Promise<void> => {
    const drawn = this.value;
    this.begun += 1;
    const ending = Promise.withResolvers<null>();
    this.#ends.push(() => ending.resolve(null));
    await ending.promise;
    this.shown.push(drawn);
  };

  readonly ends = (): void => this.#ends.shift()?.();
}

describe("drawing", () => {
  it("has what changed seen also while that is being drawn", async () => {
    const board = new Board();
    const drawing = new Drawing(board.draw);
    board.value = 1;
    drawing.plan();
    await vi.waitUntil(() => board.begun === 1);
    const seen = drawing.seen().then(() => [...board.shown]);
    await pause(0);
    board.ends();
    expect(await seen).toEqual([1]);
    expect(board.begun).toBe(1);
  });

  it("draws one after another, and together what comes together", async () => {
    const board = new Board();
    const drawing = new Drawing(board.draw);
    board.value = 1;
    drawing.plan();
    await vi.waitUntil(() => board.begun === 1);
    for (board.value = 2; board.value < 4; board.value += 1) {
      drawing.plan();
    }
    const seen = drawing.seen();
    await pause(0);
    expect(board.begun).toBe(1);
    board.ends();
    await vi.waitUntil(() => board.begun === 2);
    board.ends();
    await seen;
    expect(board.shown).toEqual([1, 4]);
  });
});
