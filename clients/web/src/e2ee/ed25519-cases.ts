/**
 * The cases by which an implementation of Ed25519 shows that it decides as SPEC.md section 2.4 says: those of the frozen
 * vectors on which implementations differ, once the encodings are checked. A test holds them equal to the vectors.
 */

import { branded, type Bytes, fromHex, type Signature, type SignPublic } from "./bytes.ts";

export interface Case {
  readonly name: string;
  readonly accepted: boolean;
  readonly publicKey: SignPublic;
  readonly signature: Signature;
  readonly message: Bytes;
}

/** name, whether it is accepted, public key, R, S, message */
type Row = readonly [string, boolean, string, string, string, string];

const KEY = "dcb200c426726461ea435b383b9b0a8f8c42b8544064a19244bbbbff4999d494";
const MESSAGE = "4c6520636162696e657420657374206c696272652e";

const ROWS: readonly Row[] = [
  [
    "honest",
    true,
    KEY,
    "9d81a45fb8c90089120729d90c00383e394f103549d51d89ad88859ac21e9c76",
    "91e41fc186a9ebe32539fbc593fd2bb09348992b1bf1d8a0e4b608759d377a05",
    MESSAGE,
  ],
  [
    "other message",
    false,
    KEY,
    "9d81a45fb8c90089120729d90c00383e394f103549d51d89ad88859ac21e9c76",
    "91e41fc186a9ebe32539fbc593fd2bb09348992b1bf1d8a0e4b608759d377a05",
    "4c6520636162696e657420657374206c69627265",
  ],
  [
    "key that is no point",
    false,
    "0200000000000000000000000000000000000000000000000000000000000000",
    "9d81a45fb8c90089120729d90c00383e394f103549d51d89ad88859ac21e9c76",
    "91e41fc186a9ebe32539fbc593fd2bb09348992b1bf1d8a0e4b608759d377a05",
    MESSAGE,
  ],
  [
    "R + point of order 8",
    false,
    KEY,
    "a998968a1ddb49fc0690421dc8484a63be7245ce7d2736ffd12f50215f53f69c",
    "5a56735f1d9d468d924dd44082f7af764ce07f45db6a51197db978c845b87601",
    MESSAGE,
  ],
  [
    "key of mixed order, torsion 8",
    false,
    "97880f15f008eff74735755bd908c12766eeb9ce82ca393220ce53005907c272",
    "592bb8f05d49ce20e84da18821b553c6444fa453aa0677500748f8b5efef5d90",
    "35d5456b144e1e761c9e97ea9989d4bcbe92f6d26db89cad925ed398d58d120c",
    "7472792030",
  ],
  [
    "key of mixed order, torsion 8, k.T = 0",
    true,
    "97880f15f008eff74735755bd908c12766eeb9ce82ca393220ce53005907c272",
    "592bb8f05d49ce20e84da18821b553c6444fa453aa0677500748f8b5efef5d90",
    "f6c7c0a0afd64a9c3a3840e5773c65a6bc34c4e01b9a4f0d0e4094254571d304",
    "747279203130",
  ],
  [
    "R + point of order 2",
    false,
    KEY,
    "94d4470fa2b631df17b25e77de4aac39bbb05bac55f988aff8b7074a1010a26f",
    "b4f2543ecf09640e3105e287b819fe72a43beb4e266e8e6c2ed70bf423734d09",
    MESSAGE,
  ],
  [
    "key of mixed order, torsion 2",
    false,
    "114dff3bd98d9b9e15bca4c7c464f57073bd47abbf9b5e6dbb444400b6662b6b",
    "592bb8f05d49ce20e84da18821b553c6444fa453aa0677500748f8b5efef5d90",
    "c489d92dabb5ec746bd7e6855f019f76342830d5239787eb0b27efbff14ac403",
    "7472792035",
  ],
  [
    "key of mixed order, torsion 2, k.T = 0",
    true,
    "114dff3bd98d9b9e15bca4c7c464f57073bd47abbf9b5e6dbb444400b6662b6b",
    "592bb8f05d49ce20e84da18821b553c6444fa453aa0677500748f8b5efef5d90",
    "20b6f2dace710e8f1815d2b1b8367e2223a10d1b4126dbe4aaa9f3dfeb412a03",
    "7472792030",
  ],
  [
    "R is the identity, y = p + 1",
    false,
    KEY,
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "410098d51a72f3b4cad62d50dfdf8e549d91f9b9389b033562031b4602831b0e",
    MESSAGE,
  ],
];

export const cases = (): Case[] =>
  ROWS.map(([name, accepted, publicKey, r, s, message]) => ({
    name,
    accepted,
    publicKey: branded(fromHex(publicKey)),
    signature: branded(fromHex(r + s)),
    message: fromHex(message),
  }));
