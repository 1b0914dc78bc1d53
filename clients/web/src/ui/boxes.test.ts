import { expect, it } from "vitest";
import type { Id } from "../core/office.ts";
import { boxNames } from "./boxes.ts";

const box = (id: string, kind: string): { id: Id; kind: string } => ({ id: id as Id, kind });

it("calls mailboxes by their kind, and counts those of one kind", () => {
  const boxes = [box("a", "territory"), box("b", "project"), box("c", "territory"), box("d", "new")];
  const names = boxNames(boxes, { territory: "collectivité", project: "projet" });
  expect([...names]).toEqual([
    ["a", "Collectivité 1"],
    ["b", "Projet"],
    ["c", "Collectivité 2"],
    ["d", "New"],
  ]);
});
