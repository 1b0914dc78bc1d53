/** The operations of the vectors on encoding, suite, accounts, vaults, mailboxes and rosters. */

import { seatKeys } from "../account.ts";
import { compareBytes, type Hash, type Id, type Secret } from "../bytes.ts";
import * as encoding from "../encoding.ts";
import { openGenerations } from "../generations.ts";
import { checkKemPublic, KemKey } from "../kem.ts";
import { kitSeed } from "../kit.ts";
import * as mailbox from "../mailbox.ts";
import * as pseudonym from "../pseudonym.ts";
import * as recovery from "../recovery.ts";
import * as roster from "../roster.ts";
import { SigningKey, verify } from "../signing.ts";
import * as suite from "../suite.ts";
import * as vault from "../vault.ts";
import { admissionWords, recordWords } from "../words.ts";
import type { Input, Operation, Output } from "./case.ts";

const publics = (pair: { sign: SigningKey; kem: KemKey }): Output => ({
  sign_public: pair.sign.public,
  kem_public: pair.kem.public,
});

/** `typed` is a recovery code, else `wrapping_key` a device's key. */
function wrappingKey(given: Input): Secret {
  if (!given.has("typed")) return given.raw("wrapping_key");
  return recovery.recoveryKey(recovery.parseCode(given.text("typed")), given.raw("account"));
}

async function replayRoster(given: Input): Promise<Output> {
  const state = await roster.replay(given.raws("records"), given.raw("mailbox"));
  if (given.has("pin_index")) roster.checkPin(state, given.number("pin_index"), given.raw("pin_head"));
  const seats = [...state.seats.values()].sort((one, other) => compareBytes(one.seat, other.seat));
  return {
    index: state.index,
    head: state.head,
    root: state.root,
    g: state.g,
    seats: seats.map(({ seat, role, admin, signPk }) => ({ seat, role, admin, sign_pk: signPk })),
  };
}

async function generations(given: Input): Promise<Output> {
  const state = await roster.replay(given.raws("records"), given.raw("mailbox"));
  const prevs = given.raws("prevs").map((prev, index) => [index + 1, prev] as const);
  const wrapped = given.has("wrapped") ? given.inputs("wrapped") : [];
  const opened = await openGenerations(
    state,
    given.raw("seed"),
    new Map(prevs.filter(([, prev]) => prev.length > 0)),
    new Map(wrapped.map((item) => [item.number("g"), item.raw("seed")])),
  );
  return { seeds: [...opened].sort(([one], [other]) => one - other).map(([, seed]) => seed) };
}

export const OPERATIONS_KEYS: Readonly<Record<string, Operation>> = {
  frame: (given) => ({ frame: encoding.frame(given.text("label"), ...given.raws("fields")) }),

  unframe: (given) => ({
    fields: encoding.unframe(given.raw("data"), given.text("label"), given.widths("widths")),
  }),

  unframe_list: (given) => ({ fields: encoding.unframeList(given.raw("data"), given.text("label")) }),

  read_text: (given) => ({ text: encoding.readUtf8(given.raw("data")) }),

  read_word: (given) => ({ word: encoding.readAsciiWord(given.raw("data")) }),

  padme: (given) => ({ padded: encoding.padme(given.number("length")) }),

  unpad_value: (given) => ({ value: encoding.unpadValue(given.raw("padded"), given.number("size")) }),

  kdf: (given) => ({ key: suite.kdf(given.raw("key"), given.text("label"), ...given.raws("fields")) }),

  open_once: async (given) => ({
    plaintext: await suite.openOnce(given.raw("key"), given.raw("sealed"), given.raw("aad")),
  }),

  open_sealed: async (given) => ({
    plaintext: await suite.openSealed(given.raw<Secret>("key"), given.raw("sealed"), given.raw("aad")),
  }),

  sign: async (given) => {
    const key = await SigningKey.fromSeed(given.raw("seed"));
    return { public: key.public, signature: await key.sign(given.raw("message")) };
  },

  verify: async (given) => {
    await verify(given.raw("public"), given.raw("signature"), given.raw("message"));
    return {};
  },

  kem_public: async (given) => ({ public: (await KemKey.fromSeed(given.raw("seed"))).public }),

  kem_check: async (given) => {
    await checkKemPublic(given.raw("public"));
    return {};
  },

  hpke_open: async (given) => {
    const key = await KemKey.fromSeed(given.raw("seed"));
    return { plaintext: await key.open(given.raw("sealed"), given.raw("info")) };
  },

  seat_keys: async (given) => publics(await seatKeys(given.raw("account_seed"), given.raw("mailbox"))),

  format_code: (given) => ({ code: recovery.formatCode(given.raw("code")) }),

  parse_code: (given) => ({ code: recovery.parseCode(given.text("typed")) }),

  unwrap_vault_key: async (given) => ({
    vk: await vault.unwrapKey(
      given.raw("blob"),
      wrappingKey(given),
      given.raw("account"),
      given.text("method"),
      given.raw("id"),
    ),
  }),

  open_vault: async (given) => {
    const [version, seen] = [given.number("version"), given.number("seen_version")];
    const opened = await vault.openVault(given.raw("blob"), given.raw("vk"), given.raw("account"), version, seen);
    return { content: vault.encode(opened) };
  },

  merge_vaults: (given) => ({
    content: vault.encode(vault.merge(vault.decode(given.raw("a")), vault.decode(given.raw("b")))),
  }),

  mailbox_identity: async (given) => {
    const [seed, box, g] = [given.raw<Secret>("seed"), given.raw<Id>("mailbox"), given.number("g")];
    return { ...publics(await mailbox.identity(seed, box, g)), sc: mailbox.seedCheck(seed, box, g) };
  },

  open_seed: async (given) => ({
    seed: await mailbox.openSeed(
      await KemKey.fromSeed(given.raw("kem_seed")),
      given.raw("wrap"),
      given.raw("mailbox"),
      given.number("g"),
      given.raw("seat"),
      given.raw("record_hash"),
      given.raw("sc"),
    ),
  }),

  open_prev: async (given) => ({
    seed: await mailbox.openPrev(
      given.raw("seed"),
      given.raw("prev"),
      given.raw("mailbox"),
      given.number("g"),
      given.raw("previous_sc"),
    ),
  }),

  open_desk_entry: async (given) => ({
    content: await mailbox.openEntry(
      given.raw("seed"),
      given.raw("mailbox"),
      given.number("g"),
      given.raw("entry"),
      given.raw("blob"),
    ),
  }),

  open_generations: generations,

  kit_seat: async (given) => {
    const box = given.raw<Id>("mailbox");
    return publics(await seatKeys(kitSeed(given.raw("code"), box, given.raw("root")), box));
  },

  replay_roster: replayRoster,

  accept_admission: async (given) => {
    const state = await roster.replay(given.raws("records"), given.raw("mailbox"));
    const [seat, shown] = [given.raw<Id>("seat"), given.raw<Hash>("shown_head")];
    const entry = roster.checkAdmission(state, seat, given.raw("sign_pk"), given.raw("kem_pk"), shown);
    return { record_hash: entry.recordHash };
  },

  admission_words: async (given) => ({
    words: await admissionWords(given.raw("mailbox"), given.raw("head"), given.raw("sign_pk"), given.raw("kem_pk")),
  }),

  record_words: async (given) => ({ words: await recordWords(given.raw("record_hash")) }),

  derive_pseudonym: async (given) => {
    const slot = given.has("target")
      ? pseudonym.prekeySlot(given.raw("target"), given.number("index"))
      : pseudonym.threadSlot(given.raw("thread"), given.number("n"));
    return { slot, ...publics(await pseudonym.derive(given.raw("seed"), slot)) };
  },

  verify_own: async (given) => {
    const [sign, kem] = [given.raw("pk_sign"), given.raw("pk_kem")];
    await pseudonym.verifyOwn(given.raw("identity"), given.raw("mailbox"), sign, kem, given.raw("signature"));
    return {};
  },
};
