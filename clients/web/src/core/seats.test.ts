import { describe, expect, it } from "vitest";
import type { Id, SeatView } from "../wire/types.ts";
import { NotSeated, Unreachable } from "./errors.ts";
import { Seats } from "./seats.ts";
import { MemoryStorage } from "./storage.ts";

const mailbox = "AAAAAAAAAAAAAAAAAAAAAA==" as Id;

function listed(state: string): SeatView {
  return { mailbox, kind: "territory", role: "agent", admin: false, state, seat: mailbox, founded: true, desk_seq: 0 };
}

/** Of a service whose rosters are read as `read` says. */
async function seatsThat(read: () => Promise<never>): Promise<Seats> {
  const runtime = {
    storage: await MemoryStorage.create(),
    keeper: { save: (): Promise<void> => Promise.resolve() },
    changed: (): void => undefined,
  };
  return new Seats(runtime as never, { read } as never, {} as never, () => undefined);
}

describe("of two lists of seats that cross", () => {
  it("the one that was asked for last counts", async () => {
    const seats = await seatsThat(() => Promise.reject(new NotSeated("")));
    const [first, second] = [seats.asked(), seats.asked()];
    await seats.take([listed("active")], second);
    await seats.take([listed("pending")], first);
    expect(seats.views.get(mailbox)?.state).toBe("active");
  });

  it("the older one is taken where the newer one could not be", async () => {
    let isAway = true;
    const seats = await seatsThat(() => Promise.reject(isAway ? new Unreachable("") : new NotSeated("")));
    const [first, second] = [seats.asked(), seats.asked()];
    await expect(seats.take([listed("active")], second)).rejects.toThrow(Unreachable);
    isAway = false;
    await seats.take([listed("active")], first);
    expect(seats.unsound.get(mailbox)).toBeInstanceOf(NotSeated);
  });
});
