import { describe, expect, it } from "vitest";
import { shortcutFor, shortcuts } from "./keys.ts";

const free = { ctrlKey: false, altKey: false, metaKey: false, isTaken: false };

describe("a shortcut", () => {
  it.each(shortcuts)("%s does %s", (key, does) => {
    expect(shortcutFor({ ...free, key })).toBe(does);
  });

  it("does nothing while somebody writes, or with a key of the browser's", () => {
    for (const held of ["ctrlKey", "altKey", "metaKey", "isTaken"]) {
      expect(shortcutFor({ ...free, key: "c", [held]: true })).toBeNull();
    }
    expect(shortcutFor({ ...free, key: "z" })).toBeNull();
  });

  it("stands for one thing", () => {
    expect(new Set(shortcuts.map(([key]) => key)).size).toBe(shortcuts.length);
    expect(new Set(shortcuts.map(([, does]) => does)).size).toBe(shortcuts.length);
  });
});
