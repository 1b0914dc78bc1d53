import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { thumbprint } from "../e2ee/attestation.ts";
import type { SignPublic } from "../e2ee/bytes.ts";
import { toBase64 } from "./base64.ts";
import { Consenting } from "./consenting.ts";

const minute = 60_000;
const identity = new Uint8Array(32).fill(7) as SignPublic;
const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000, toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

it.each([-6 * minute, 0, 2 * 24 * 60 * minute])(
  "asks the service for the time of a word that was given: off by %i ms",
  async (offMs) => {
    const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
    const key = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    const iat = Date.now() / 1_000;
    const stated = {
      iss: "p",
      aud: "pli-attest",
      iat,
      exp: iat + 3_600,
      cnf: { jkt: thumbprint(identity) },
      title: "Maire",
    };
    const body = `${encoded({ alg: "EdDSA", typ: "pli-attest+jwt" })}.${encoded(stated)}`;
    const signature = await crypto.subtle.sign("Ed25519", pair.privateKey, new TextEncoder().encode(body));
    const runtime = {
      attest: async () => Promise.resolve(`${body}.${Buffer.from(signature).toString("base64url")}`),
      trust: { platformKey: toBase64(key), attestationAudience: "pli-attest" },
      clock: () => Date.now() + offMs,
      service: { skewMs: -offMs },
    };
    const keys = { identity: async () => Promise.resolve({ sign: { public: identity } }) };
    const consenting = new Consenting(runtime as never, { log: { side: { keys } } } as never, {} as never);
    expect((await consenting.attestation())?.claims).toEqual({ title: "Maire" });
  },
);
