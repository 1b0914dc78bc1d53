import { describe, expect, it } from "vitest";
import type { Base64, Id } from "../wire/types.ts";
import { ownAttestation } from "./attesting.ts";

const identity = btoa("\0".repeat(32)) as Base64<32>;
const trust = {
  service: "" as Id,
  stampKey: identity,
  platformKey: null,
  attestationAudience: "pli-attest",
  moderationRoot: null,
  auditKey: null,
};
const claims = { iss: "x", cnf: { jkt: "y" }, insee: "22999", iat: 1 };
const jwt = `e30.${btoa(JSON.stringify(claims))}.e30`;

describe("the own attestation", () => {
  it("tells which texts the peer will read", async () => {
    expect(await ownAttestation(async () => Promise.resolve(jwt), identity, trust, 0)).toEqual({
      jwt,
      claims: { insee: "22999" },
    });
  });

  it("is none where the platform gives none, fails, or says what would not verify", async () => {
    const pinned = { ...trust, platformKey: identity };
    expect(await ownAttestation(undefined, identity, trust, 0)).toBeNull();
    expect(await ownAttestation(async () => Promise.resolve(null), identity, trust, 0)).toBeNull();
    expect(await ownAttestation(async () => Promise.reject(new Error("down")), identity, trust, 0)).toBeNull();
    expect(await ownAttestation(async () => Promise.resolve(jwt), identity, pinned, 0)).toBeNull();
  });
});
