import { describe, expect, test } from "vitest";
import type { CaseView, Id } from "../core/office.ts";
import { isAsked, stepsOf, stopOf } from "./case-rules.ts";

const thread = "dGhyZWFkdGhyZWFkdGhyZQ==" as Id;
const other = "b3RoZXJvdGhlcm90aGVyb3Q=" as Id;
const opened: CaseView = { case: other, side: "reporter", opened_at: 1, progress: "received", thread };

describe("the steps of a case", () => {
  test("are those of every case, until somebody contests it", () => {
    expect(stepsOf(opened)).toEqual({ steps: ["received", "in_review", "decided", "closed"], at: 0 });
    expect(stepsOf({ ...opened, progress: "decided" }).at).toBe(2);
  });

  test("have the appeal and its outcome", () => {
    expect(stepsOf({ ...opened, progress: "appealed" })).toEqual({
      steps: ["received", "in_review", "decided", "appealed", "closed"],
      at: 3,
    });
    expect(stepsOf({ ...opened, progress: "overturned" })).toEqual({
      steps: ["received", "in_review", "decided", "appealed", "overturned"],
      at: 4,
    });
    const said = { at: 1, fr: "", en: "" };
    expect(stepsOf({ ...opened, progress: "closed", statements: [said, said] }).steps).toContain("appealed");
  });

  test("begin for the accused where they were told of it", () => {
    expect(stepsOf({ ...opened, side: "accused", progress: "in_review" })).toEqual({
      steps: ["in_review", "decided", "closed"],
      at: 0,
    });
  });

  test("begin at the beginning for a step that this version does not know", () => {
    expect(stepsOf({ ...opened, progress: "translated" }).at).toBe(0);
  });
});

describe("what keeps a person from writing", () => {
  const frozen: CaseView = { ...opened, progress: "decided", measure: "freeze", ends_at: 100 };
  const suspended: CaseView = { ...opened, side: "accused", progress: "decided", measure: "suspension", ends_at: 100 };

  test("is a freeze as the conversation has it, with the case that says why", () => {
    expect(stopOf([], thread, false, 50)).toBeNull();
    expect(stopOf([frozen], thread, false, 50)).toBeNull();
    expect(stopOf([frozen], thread, true, 50)).toEqual({ kind: "frozen", until: 100, why: frozen });
    expect(stopOf([{ ...frozen, thread: other }], thread, true, 50)).toEqual({
      kind: "frozen",
      until: null,
      why: null,
    });
    expect(stopOf([{ ...frozen, measure: "block" }], thread, true, 50)?.kind).toBe("blocked");
  });

  test("is a suspension of the own mailbox, in whatever conversation it was brought about, while it lasts", () => {
    expect(stopOf([{ ...suspended, thread: other }], thread, false, 50)?.kind).toBe("suspended");
    expect(stopOf([suspended], thread, false, 100)).toBeNull();
    expect(stopOf([{ ...suspended, side: "reporter" }], thread, false, 50)).toBeNull();
  });
});

test("only the accused is asked, and while an answer is waited for", () => {
  expect(isAsked({ ...opened, side: "accused", answer_until: 9 })).toBe(true);
  expect(isAsked({ ...opened, side: "accused" })).toBe(false);
  expect(isAsked({ ...opened, answer_until: 9 })).toBe(false);
});
