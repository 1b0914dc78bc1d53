/** Timers that end with their owner. */
export class Timers {
  readonly #running = new Set<ReturnType<typeof setTimeout>>();

  later(ms: number, act: () => void): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => {
      this.#running.delete(timer);
      act();
    }, ms);
    this.#running.add(timer);
    return timer;
  }

  cancel(timer: ReturnType<typeof setTimeout> | null): void {
    if (timer !== null) {
      clearTimeout(timer);
      this.#running.delete(timer);
    }
  }

  cancelAll(): void {
    for (const timer of this.#running) {
      clearTimeout(timer);
    }
    this.#running.clear();
  }
}
