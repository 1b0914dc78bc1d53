import { describe, expect, it } from "vitest";
import type { TrailShown } from "../core/office.ts";
import { csv, jsonLines } from "./export.ts";

const shown = {
  position: 1,
  at: 0,
  kind: "decided",
  actor: "aa",
  second: "",
  case: "bb",
  about: "cc",
  detail: "freeze",
};
const pages: readonly TrailShown[] = [
  {
    checkpoint: "pli-audit/00\n2\nAAAA\n\n— x y\n",
    entries: [
      { position: 1, hash: "11", leaf: "22", path: "33", shown },
      { position: 0, hash: "44", leaf: null, path: "55", shown: null },
    ],
  },
];

describe("the audit log as a file", () => {
  it("has each entry under the checkpoint that proves it, one a line", () => {
    const lines = jsonLines(pages)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toEqual({ checkpoint: pages[0]?.checkpoint });
    expect(lines[1]).toMatchObject({ position: 1, time: "1970-01-01T00:00:00.000Z", kind: "decided", leaf: "22" });
    expect(lines[2]).toMatchObject({ position: 0, kind: "", hash: "44", leaf: "" });
  });

  it("is a table with as many fields in each line", () => {
    const [head = "", ...lines] = csv(pages).trimEnd().split("\r\n");
    expect(head).toBe("position,time,kind,actor,second,case,about,detail,hash,leaf,path,size");
    expect(lines).toEqual(["1,1970-01-01T00:00:00.000Z,decided,aa,,bb,cc,freeze,11,22,33,2", "0,,,,,,,,44,,55,2"]);
  });
});
