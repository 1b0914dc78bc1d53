import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { BadModerationKey } from "../e2ee/errors.ts";
import { laterRoot } from "./pinning-later.ts";

const key = (letter: string): string => btoa(letter.repeat(32));
const info = {
  service: btoa("s".repeat(16)),
  stamp_key: key("k"),
  stream_epoch: 0,
  protocol: "pli.v1",
  platform_key: null,
  attestation_audience: "pli-attest",
  moderation_root: null as string | null,
  audit_key: key("a") as string | null,
};
const kept = new Map<string, string>();

beforeEach(() => {
  kept.clear();
  kept.set("pli-trust", JSON.stringify(info));
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
  });
});

afterEach(() => vi.unstubAllGlobals());

function serviceSays(change: Partial<typeof info>): void {
  vi.stubGlobal("fetch", async () => Promise.resolve(new Response(JSON.stringify({ ...info, ...change }))));
}

it("holds the first root that the service names", async () => {
  serviceSays({});
  expect(await laterRoot()).toBeNull();
  serviceSays({ moderation_root: key("r") });
  expect(await laterRoot()).toBe(key("r"));
  serviceSays({ moderation_root: key("x") });
  expect(await laterRoot()).toBe(key("r"));
});

it("believes no other service", async () => {
  serviceSays({ moderation_root: key("r"), stamp_key: key("x") });
  expect(await laterRoot()).toBeNull();
  serviceSays({ moderation_root: key("r"), service: btoa("x".repeat(16)) });
  expect(await laterRoot()).toBeNull();
});

it("keeps the audit key that was pinned, and believes no root beside another one", async () => {
  for (const other of [key("x"), null]) {
    serviceSays({ moderation_root: key("r"), audit_key: other });
    await expect(laterRoot()).rejects.toThrow(BadModerationKey);
    expect(JSON.parse(kept.get("pli-trust") ?? "")).toEqual(info);
  }
  serviceSays({ moderation_root: key("r") });
  await laterRoot();
  expect(JSON.parse(kept.get("pli-trust") ?? "")).toEqual({ ...info, moderation_root: key("r") });
});

it("pins the audit key with the root where there was none of either", async () => {
  kept.set("pli-trust", JSON.stringify({ ...info, audit_key: null }));
  serviceSays({ moderation_root: key("r") });
  expect(await laterRoot()).toBe(key("r"));
  expect(JSON.parse(kept.get("pli-trust") ?? "")).toEqual({ ...info, moderation_root: key("r") });
});

it("knows of none where nothing is pinned", async () => {
  kept.clear();
  serviceSays({ moderation_root: key("r") });
  expect(await laterRoot()).toBeNull();
});
