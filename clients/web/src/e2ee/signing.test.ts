import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { fromHex, hex, type Secret } from "./bytes.ts";
import { cases } from "./ed25519-cases.ts";
import * as noble from "./ed25519-noble.ts";
import * as webcrypto from "./ed25519-webcrypto.ts";
import { BadSignature } from "./errors.ts";
import { checkSignature, checkSignPublic, type Ed25519, passes, SigningKey, verify } from "./signing.ts";

interface VectorCase {
  readonly name: string;
  readonly operation: string;
  readonly expect: string;
  readonly input: Record<string, string>;
}

const VECTORS = new URL("../../../../tests/vectors/ed25519.json", import.meta.url);
const SEED = new Uint8Array(32).fill(9) as Uint8Array as Secret;

const all = (): VectorCase[] => (JSON.parse(readFileSync(VECTORS, "utf8")) as { cases: VectorCase[] }).cases;

test("the cases of the choice are frozen vectors", () => {
  const vectors = all();
  for (const each of cases()) {
    const vector = vectors.find(({ name, operation }) => name === each.name && operation === "verify");
    expect(vector?.expect === "accept").toBe(each.accepted);
    expect(vector?.input).toEqual({
      public: hex(each.publicKey),
      signature: hex(each.signature),
      message: hex(each.message),
    });
  }
});

test.each<[string, Ed25519]>([
  ["WebCrypto", webcrypto],
  ["noble", noble],
])("%s decides every case as the specification does", async (_, engine) => {
  expect(await passes(engine)).toBe(true);
});

test("an implementation that takes one signature more, or one less, is not used", async () => {
  const every = cases();
  const verdicts = every.map((odd) =>
    passes({
      ...noble,
      check: async (publicKey, signature, message) => {
        const isOdd =
          [publicKey, signature, message].map(hex).join() ===
          [odd.publicKey, odd.signature, odd.message].map(hex).join();
        if (!isOdd) await noble.check(publicKey, signature, message);
        else if (odd.accepted) throw new BadSignature("one less");
      },
    }),
  );
  expect(await Promise.all(verdicts)).toEqual(every.map(() => false));
});

test("what the encodings must not be is refused before anybody computes", () => {
  const refused = /^(?:small order|y = p|S \+ L|S = L|S of|\d+-byte|empty)/u;
  const vectors = all().filter(({ name, operation }) => operation === "verify" && refused.test(name));
  expect(vectors).toHaveLength(39);
  for (const { input } of vectors) {
    const [key, signature] = [fromHex(input["public"] ?? ""), fromHex(input["signature"] ?? "")];
    expect(() => [checkSignPublic(key), checkSignature(signature)]).toThrow(BadSignature);
  }
});

test("both implementations give the same keys and signatures", async () => {
  const message = new TextEncoder().encode("Le cabinet est libre.");
  const [one, other] = [await webcrypto.keyPair(SEED), await noble.keyPair(SEED)];
  expect(hex(one.public)).toBe(hex(other.public));
  expect(hex(await one.sign(message))).toBe(hex(await other.sign(message)));
});

test("a signature holds for its message and its key alone", async () => {
  const key = await SigningKey.fromSeed(SEED);
  const message = new TextEncoder().encode("x");
  const signature = await key.sign(message);
  await verify(key.public, signature, message);
  await expect(verify(key.public, signature, new TextEncoder().encode("y"))).rejects.toThrow(BadSignature);
});
