import { LIMITS } from "../wire/constants.ts";

/** A frame is filled up to here, in characters of ASCII; one command may be longer, up to the service's bound. */
const lengthTarget = 60_000;

/** Of one command; a message that comes again says so, too. */
export const commandLengthMax = LIMITS.frame_bytes_max - 64;

export const inFlightMax = 48;
/** Below what the service takes, by the longest command. */
export const inFlightBytesMax = 65_536;

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

/** As many as the service lets wait: so many, and so many bytes of them. */
export function fitting<C extends Encoded>(inFlight: readonly C[], ready: readonly C[]): readonly C[] {
  const room = inFlightMax - inFlight.length;
  let bytes = inFlight.reduce((sum, each) => sum + each.encoded.length, 0);
  let count = 0;
  while (count < Math.min(room, ready.length) && bytes < inFlightBytesMax) {
    bytes += ready[count]?.encoded.length ?? 0;
    count += 1;
  }
  return ready.slice(0, count);
}

function fits(batch: readonly Encoded[], command: Encoded): boolean {
  const length = batch.reduce((sum, { encoded }) => sum + encoded.length + 1, 0);
  const isOfOneThread = batch.every(
    ({ thread }) => thread === null || command.thread === null || thread === command.thread,
  );
  return isOfOneThread && length + command.encoded.length <= lengthTarget;
}
