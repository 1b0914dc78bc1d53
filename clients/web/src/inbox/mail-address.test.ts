import { expect, it } from "vitest";
import { isMailAddress } from "./mail-address.ts";

it.each(["mairie@plouvorn.example", "a.b+c@d-e.example", `${"a".repeat(64)}@b.example`])("%s is one", (text) => {
  expect(isMailAddress(text)).toBe(true);
});

it.each([
  "pas une adresse",
  "mairie@plouvorn",
  "mairie@@plouvorn.example",
  ".a@b.example",
  "a@-b.example",
  "é@b.example",
  "=?utf-8?q?a@b.example",
  `${"a".repeat(65)}@b.example`,
  `a@${"b.".repeat(130)}example`,
  "a@b.example\n",
])("%s is none", (text) => {
  expect(isMailAddress(text)).toBe(false);
});
