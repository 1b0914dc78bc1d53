import { describe, expect, it } from "vitest";
import { formatCode } from "../e2ee/recovery.ts";
import { fromBase64, idOfHex } from "./base64.ts";
import { targetCode, targetOf } from "./target-codes.ts";

const target = idOfHex("00112233445566778899aabbccddeeff");

describe("the code of a target", () => {
  const code = targetCode(target);

  it("is the target's, however it is typed", () => {
    expect(code).toMatch(/^(?:[0-9A-Z]{5}-){5}[0-9A-Z]{5}$/u);
    for (const typed of [code, code.toLowerCase(), code.replaceAll("-", " "), ` ${code}\n`]) {
      expect(targetOf(typed)).toBe(target);
    }
  });

  it("may be the digits that a platform has", () => {
    expect(targetOf("00112233445566778899AABBCCDDEEFF")).toBe(target);
  });

  it("is refused with any one character mistyped, and with one too few or too many", () => {
    const plain = code.replaceAll("-", "");
    for (let at = 0; at < plain.length; at += 1) {
      const other = plain.charAt(at) === "7" ? "8" : "7";
      expect(targetOf(plain.slice(0, at) + other + plain.slice(at + 1))).toBeNull();
    }
    expect(targetOf(code.slice(0, -1))).toBeNull();
    expect(targetOf(`${code}0`)).toBeNull();
    expect(targetOf("é".repeat(30))).toBeNull();
  });

  it("is never a recovery code, which must not reach the service", () => {
    expect(targetOf(formatCode(fromBase64(target)))).toBeNull();
  });
});
