import { expect, it } from "vitest";
import { pathOf, placeAt } from "./address.ts";

it.each([
  "/inbox/",
  "/inbox/reglages",
  "/inbox/avis",
  "/inbox/signalements",
  "/inbox/t/000102030405060708090a0b0c0d0e0f",
  "/inbox/t/000102030405060708090a0b0c0d0e0f?m=17",
])("%s leads there and back", (path) => {
  expect(pathOf(placeAt(path))).toBe(path);
});

it.each([
  "/inbox/t/",
  "/inbox/t/00",
  "/inbox/t/000102030405060708090A0B0C0D0E0F",
  "/inbox/t/000102030405060708090a0b0c0d0e0f?m=0",
  "/inbox/else",
])("%s is the list", (path) => {
  expect(placeAt(path)).toEqual({ name: "list" });
});
