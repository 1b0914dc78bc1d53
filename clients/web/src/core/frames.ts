/** A frame is filled up to here, in characters of ASCII; one command may be longer, up to the service's bound. */
const lengthTarget = 60_000;

/** A command as it goes out: whose peer sees when it was sent, or nobody's. */
export interface Encoded {
  readonly encoded: string;
  readonly thread: string | null;
}

/** Packs commands into frames within the service's bounds, in order, those of one thread at most in each. */
export function framesOf(commands: readonly Encoded[]): readonly string[] {
  const batches: Encoded[][] = [];
  for (const command of commands) {
    const batch = batches.at(-1);
    if (batch !== undefined && fits(batch, command)) {
      batch.push(command);
    } else {
      batches.push([command]);
    }
  }
  return batches.map((batch) => {
    const joined = batch.map(({ encoded }) => encoded).join(",");
    return batch.length === 1 ? joined : `[${joined}]`;
  });
}

function fits(batch: readonly Encoded[], command: Encoded): boolean {
  const length = batch.reduce((sum, { encoded }) => sum + encoded.length + 1, 0);
  const isOfOneThread = batch.every(
    ({ thread }) => thread === null || command.thread === null || thread === command.thread,
  );
  return isOfOneThread && length + command.encoded.length <= lengthTarget;
}
