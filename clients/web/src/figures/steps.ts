/** A few steps of about as many values each, the lowest first: how a map tells little from much. Pure. */

export const stepsMax = 4;

export interface Step {
  readonly from: number;
  readonly to: number;
}

/** Equal values stand in one step. */
export function stepsOf(values: readonly number[]): Step[] {
  const sorted = values.toSorted((a, b) => a - b);
  const steps: Step[] = [];
  for (let step = 1, next = 0; step <= stepsMax; step += 1) {
    const from = sorted[next];
    const to = sorted[Math.max(next, Math.ceil((sorted.length * step) / stepsMax) - 1)];
    if (from !== undefined && to !== undefined) {
      steps.push({ from, to });
      next = sorted.lastIndexOf(to) + 1;
    }
  }
  return steps;
}

/** Which step a value is in; -1: none. */
export const stepOf = (steps: readonly Step[], value: number): number => steps.findIndex(({ to }) => value <= to);
