import { expect, test } from "vitest";

import { BadEncoding } from "./errors.ts";
import { parseObject, Real } from "./strict-json.ts";

test.each([
  ["{}", {}],
  [
    ' \t\r\n{ "a" : [ 1 , -2 , "x" , true , false , null , [] , { } ] } ',
    { a: [1, -2, "x", true, false, null, [], {}] },
  ],
  ['{"a":2.0,"b":2e9,"c":-0.5E-2}', { a: new Real(2), b: new Real(2e9), c: new Real(-0.005) }],
  ['{"a":"\\u00e9\\n\\"\\\\\\/ é 😀","":""}', { a: 'é\n"\\/ é 😀', "": "" }],
  ['{"a":{"b":1},"c":{"b":2}}', { a: { b: 1 }, c: { b: 2 } }],
])("%s is read", (text, expected) => {
  expect(parseObject(text)).toEqual(expected);
});

test.each([
  "",
  "[]",
  "1",
  "null",
  '"x"',
  "{}x",
  "{} {}",
  "\ufeff{}",
  "\u00a0{}",
  '{"a":1,"a":1}',
  '{"a":1,"\\u0061":1}',
  '{"a":{"b":1,"b":2}}',
  '{"a":NaN}',
  '{"a":Infinity}',
  '{"a":-Infinity}',
  '{"a":01}',
  '{"a":1.}',
  '{"a":.5}',
  '{"a":+1}',
  '{"a":1e}',
  '{"a":0x1}',
  '{"a":"\n"}',
  '{"a":"\\x"}',
  '{"a":"\\u12"}',
  '{"a":"',
  "{'a':1}",
  "{a:1}",
  '{"a":1,}',
  '{"a":[1,]}',
  '{"a":[,1]}',
  '{"a"}',
  '{"a":}',
  '{"a":truefalse}',
  '{"a":undefined}',
  '{"a":1//\n}',
  `{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
])("%.20s is refused", (text) => {
  expect(() => parseObject(text)).toThrow(BadEncoding);
});

test("a name that JavaScript gives a meaning is a name like any other", () => {
  const found = parseObject('{"__proto__":{"aud":"x"},"constructor":1}');
  expect(Object.keys(found)).toEqual(["__proto__", "constructor"]);
  expect(found["aud"]).toBeUndefined();
});
