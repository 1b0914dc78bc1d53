import { afterEach, describe, expect, it, vi } from "vitest";
import type { ThreadLine } from "../core/office.ts";
import { forgetWanted, keptWanted, keepWanted, onWanted, takeWanted, waitsLongest } from "./wanted.ts";

const now = 1_700_000_000_000;

/** An address bar and a storage, as a page has them. */
function at(path: string, hash = ""): { readonly address: () => string } {
  let shown = path + hash;
  const kept = new Map<string, string>();
  vi.stubGlobal("location", { pathname: path, hash });
  vi.stubGlobal("history", { state: null, replaceState: (_: unknown, __: string, to: string) => (shown = to) });
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
    removeItem: (name: string) => kept.delete(name),
  });
  return { address: () => shown };
}

describe("what somebody came for", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("is a mail's link, which leaves the address at once", () => {
    const page = at("/inbox/", "#/alerts/abc-DEF_123");
    takeWanted(now);
    expect(page.address()).toBe("/inbox/");
    expect(keptWanted(now)).toEqual({ token: "abc-DEF_123" });
    forgetWanted();
    expect(keptWanted(now)).toBeNull();
  });

  it("is what waits, by a notification; a token of the platform stays where it is", () => {
    const page = at("/inbox/attente", "#token=x");
    takeWanted(now);
    expect(page.address()).toBe("/inbox/#token=x");
    expect(keptWanted(now)).toEqual({ token: null });
  });

  it.each([
    ["/inbox/", ""],
    ["/inbox/", "#token=x"],
    ["/inbox/", "#/alerts/"],
    ["/inbox/", "#/alerts/a/b"],
    ["/inbox/", `#/alerts/${"a".repeat(65)}`],
  ])("is nothing at %s%s", (path, hash) => {
    const page = at(path, hash);
    takeWanted(now);
    expect(page.address()).toBe(path + hash);
    expect(keptWanted(now)).toBeNull();
  });

  it("is forgotten after an hour", () => {
    at("/inbox/");
    keepWanted({ token: "x" }, now);
    expect(keptWanted(now + 3_599_000)).toEqual({ token: "x" });
    expect(keptWanted(now + 3_601_000)).toBeNull();
  });

  it("is told to who listens", () => {
    at("/inbox/");
    const heard = vi.fn<() => void>();
    const stop = onWanted(heard);
    keepWanted({ token: null }, now);
    stop();
    keepWanted({ token: null }, now);
    expect(heard).toHaveBeenCalledTimes(1);
  });
});

const line = (id: string, lastAt: number, unread: boolean): ThreadLine =>
  ({ id, lastAt, unread }) as Partial<ThreadLine> as ThreadLine;

describe("the conversation that waits longest", () => {
  it("is the unread one whose last word is oldest", () => {
    expect(waitsLongest([line("a", 30, true), line("b", 10, false), line("c", 20, true)])).toBe("c");
    expect(waitsLongest([line("b", 10, false)])).toBeNull();
    expect(waitsLongest([])).toBeNull();
  });
});
