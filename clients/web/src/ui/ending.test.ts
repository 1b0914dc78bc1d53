import { expect, it } from "vitest";
import { Ended, SignInNeeded, TimedOut } from "../core/errors.ts";
import { stageFor } from "../core/leader.ts";
import { fr } from "./catalogue.fr.ts";
import { type Ending, endingFor } from "./ending.ts";

const { ended } = fr;

it.each<readonly [Error, Ending]>([
  [new Ended("", 4503), { why: ended.revoked, button: null }],
  [new Ended("", 4501), { why: ended.other, button: "reload" }],
  [new Ended(""), { why: ended.other, button: "reload" }],
  [new SignInNeeded(""), { why: ended.signIn, button: "again" }],
  [new TimedOut(""), { why: ended.unreachable, button: "reload" }],
])("says why it ended: %o", (error, ending) => {
  const stage = stageFor(error);
  expect(stage.name === "ended" ? endingFor(stage.reason, stage.code, fr) : null).toEqual(ending);
});
