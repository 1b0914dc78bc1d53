import { describe, expect, it } from "vitest";
import { branded, type Hash } from "../e2ee/bytes.ts";
import { BadRoster } from "../e2ee/errors.ts";
import type { RosterState } from "../e2ee/roster.ts";
import type { Checkpoint } from "../e2ee/vault.ts";
import type { Id } from "../wire/types.ts";
import { ResetUnaccepted } from "./errors.ts";
import { Roots } from "./roots.ts";

const mailbox = "AAAAAAAAAAAAAAAAAAAAAA==" as Id;
const rootOf = (n: number): Hash => branded<Hash>(new Uint8Array(32).fill(n));

/** A roster of one record, as far as its root and head go. */
function roster(n: number): RosterState {
  return { root: rootOf(n), head: rootOf(n), heads: [rootOf(n)], index: 0 } as unknown as RosterState;
}

function vault(): ConstructorParameters<typeof Roots>[0] {
  const pins = new Map<string, Uint8Array>();
  const checkpoints = new Map<string, Checkpoint>();
  return {
    pin: (kind, about) => {
      const pinned = pins.get(`${kind} ${about}`);
      return pinned === undefined ? null : branded(new Uint8Array(pinned));
    },
    setPin: (kind, about, value) => {
      expect(pins.has(`${kind} ${about}`)).toBe(false);
      pins.set(`${kind} ${about}`, value);
    },
    checkpoint: (kind, about) => checkpoints.get(`${kind} ${about}`) ?? null,
    setCheckpoint: (kind, about, point) => checkpoints.set(`${kind} ${about}`, point),
  };
}

describe("the roots that an account follows", () => {
  it("are the first one seen, until a person accepts another", () => {
    const roots = new Roots(vault());
    roots.check(mailbox, roster(1));
    roots.keep(mailbox, roster(1));
    expect(() => roots.check(mailbox, roster(2))).toThrow(ResetUnaccepted);
    roots.accept(mailbox, rootOf(2));
    roots.accept(mailbox, rootOf(2));
    roots.check(mailbox, roster(2));
    roots.keep(mailbox, roster(2));
    expect(roots.of(mailbox).map(([first]) => first)).toEqual([1, 2]);
  });

  it("never lead back, and each has a checkpoint of its own", () => {
    const roots = new Roots(vault());
    roots.keep(mailbox, roster(1));
    roots.accept(mailbox, rootOf(2));
    roots.keep(mailbox, roster(2));
    roots.accept(mailbox, rootOf(3));
    for (const ended of [1, 2]) {
      expect(() => roots.check(mailbox, roster(ended))).toThrow(BadRoster);
      expect(() => roots.check(mailbox, roster(ended))).not.toThrow(ResetUnaccepted);
      expect(() => roots.accept(mailbox, rootOf(ended))).toThrow(BadRoster);
    }
    roots.check(mailbox, roster(3));
  });
});
