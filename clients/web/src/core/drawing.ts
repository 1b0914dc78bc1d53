/** When a picture is drawn: one at a time, so that none overtakes a newer one. */

import { background, Turn } from "./tasks.ts";

/** Changes that come together are drawn together. */
const drawMs = 30;

export class Drawing {
  readonly #draw: () => Promise<void>;
  readonly #turn = new Turn();
  #planned: ReturnType<typeof setTimeout> | null = null;

  constructor(draw: () => Promise<void>) {
    this.#draw = draw;
  }

  /** Something changed: it is drawn soon. */
  plan(): void {
    this.#planned ??= setTimeout(() => background(this.seen()), drawMs);
  }

  /** Returns once all that changed until now is drawn. */
  async seen(): Promise<void> {
    const isPlanned = this.#planned !== null;
    clearTimeout(this.#planned ?? undefined);
    this.#planned = null;
    // Where nothing is planned, what changed may be being drawn.
    await this.#turn.take(async () => (isPlanned ? this.#draw() : Promise.resolve()));
  }
}
