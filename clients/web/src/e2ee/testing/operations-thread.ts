/** The operations of the vectors on epochs, messages, stamps, cards and consents. Logs are in `operations-log`. */

import { verifyAttestation } from "../attestation.ts";
import { openCard } from "../card.ts";
import * as chain from "../chain.ts";
import * as consent from "../consent.ts";
import { decodeContent } from "../content.ts";
import { decodeDesk } from "../desk.ts";
import * as epoch from "../epoch.ts";
import { KemKey } from "../kem.ts";
import * as message from "../message.ts";
import { openNotice } from "../notice.ts";
import type { PublicPseudonym } from "../pseudonym.ts";
import { parseReleased } from "../release.ts";
import { type PlatformKey, verifyReset } from "../reset.ts";
import { parseRestored } from "../restored.ts";
import { verifyProof } from "../stamp.ts";
import type { Input, Operation } from "./case.ts";
import { merkleTree } from "./merkle.ts";

function pseudonymOf(given: Input, name: string): PublicPseudonym | null {
  if (!given.has(`${name}_sign`)) return null;
  return { sign: given.raw(`${name}_sign`), kem: given.raw(`${name}_kem`) };
}

const placeOf = (given: Input): message.Place => ({
  thread: given.raw("thread"),
  epoch: given.number("epoch"),
  recordHash: given.raw("record_hash"),
  party: given.number("party"),
});

export const OPERATIONS_THREAD: Readonly<Record<string, Operation>> = {
  verify_first_record: async (given) => {
    const record = await epoch.verifyFirst(given.raw("signed"), {
      thread: given.raw("thread"),
      head0: given.raw("head_0"),
      initiator: pseudonymOf(given, "initiator"),
      recipient: pseudonymOf(given, "recipient"),
    });
    return { record_hash: record.hash, kc: record.kc };
  },

  verify_rotation_record: async (given) => {
    const { record: previous } = epoch.parseSigned(given.raw("previous"));
    const reset = given.has("reset") && given.flag("reset");
    const record = await epoch.verifyRotation(previous, given.raw("signed"), { party: given.number("party"), reset });
    return { record_hash: record.hash, kc: record.kc };
  },

  open_epoch: async (given) => {
    const { record } = epoch.parseSigned(given.raw("signed"));
    const wraps: epoch.Wraps = [given.raw("wrap_0"), given.raw("wrap_1")];
    const kem = await KemKey.fromSeed(given.raw("kem_seed"));
    return { epoch_secret: await epoch.openEpoch(record, wraps, given.number("party"), kem) };
  },

  parse_payload: (given) => {
    const { headerBytes, recordHash, msgId, ...rest } = message.parsePayload(given.raw("payload"));
    return { header_bytes: headerBytes, record_hash: recordHash, msg_id: msgId, ...rest };
  },

  open_message: async (given) => {
    const opened = await message.openMessage(
      given.raw("payload"),
      given.raw("epoch_secret"),
      given.raw("author_sign_pk"),
      placeOf(given),
    );
    const { content, seenSeq, seenHead, tag, kEnc, kF } = opened;
    return { content, seen_seq: seenSeq, seen_head: seenHead, tag, k_enc: kEnc, k_f: kF };
  },

  open_notice: async (given) => {
    const opened = await openNotice(given.raw("payload"), given.text("kind"), given.raw("author_sign_pk"), {
      thread: given.raw("thread"),
      recordHash: given.raw("record_hash"),
      party: given.number("party"),
    });
    const { id, seenSeq, seenHead, reason, step } = opened;
    return { id, seen_seq: seenSeq, seen_head: seenHead, reason: reason ?? step ?? "" };
  },

  open_seat_tag: async (given) => {
    const [header, salt] = [given.raw("header"), given.raw("salt")];
    const { seat, rosterHead } = await message.openSeatTag(given.raw("seed"), header, salt, given.raw("tag"));
    return { seat, roster_head: rosterHead };
  },

  decode_content: (given) => ({ ...decodeContent(given.raw("content")) }),

  decode_desk_content: (given) => ({ ...decodeDesk(given.raw("content")) }),

  chain_step: (given) => {
    const [kind, party] = [given.text("kind"), given.number("party")];
    const digest = chain.digest(kind, party, given.raw("payload"));
    const [seq, time] = [given.number("seq"), given.number("time")];
    return { digest, head: chain.nextHead(given.raw("head"), seq, time, kind, party, digest) };
  },

  empty_head: (given) => ({ head: chain.head0(given.raw("service"), given.raw("thread")) }),

  verify_stamp: async (given) => {
    const seq = given.number("seq");
    await verifyProof(given.raw("proof"), given.raw("public"), given.raw("thread"), seq, given.raw("head"));
    return {};
  },

  merkle_tree: (given) => ({ ...merkleTree(given.raws("leaf_hashes")) }),

  verify_reset: async (given) => {
    const { record } = epoch.parseSigned(given.raw("signed"));
    const platform: PlatformKey = { public: given.raw("platform_key"), audience: given.text("audience") };
    return { party: await verifyReset(given.raw("payload"), record, platform) };
  },

  parse_restored: (given) => {
    const { oldSeq, oldHead, oldStreamEpoch, newStreamEpoch } = parseRestored(given.raw("payload"));
    return {
      old_seq: oldSeq,
      old_head: oldHead,
      old_stream_epoch: oldStreamEpoch,
      new_stream_epoch: newStreamEpoch,
    };
  },

  open_card: async (given) => {
    const opened = await openCard(given.raw("payload"), given.raw("s_server"), {
      card: given.raw("card"),
      place: placeOf(given),
      record0: given.raw("record_0"),
      epochSecret: given.raw("epoch_secret"),
      authorSignPk: given.raw("author_sign_pk"),
    });
    return { fields: opened.fields, identity: opened.identityPublic, attestation: opened.attestation ?? "" };
  },

  verify_attestation: async (given) => ({
    claims: await verifyAttestation(
      given.text("jwt"),
      given.raw("platform_key"),
      given.text("audience"),
      given.number("now_s"),
      given.raw("identity"),
    ),
  }),

  parse_release: (given) => ({
    cards: parseReleased(given.raw("payload")).map(({ sServer, ...rest }) => ({ ...rest, s_server: sServer })),
  }),

  verify_consent: async (given) => {
    const accepted = await consent.verifyConsent(
      given.raw("statement"),
      given.raw("signature"),
      given.raw("seat_sign_pk"),
      {
        thread: given.raw("thread"),
        record0: given.raw("record_0"),
        party: given.number("party"),
        payload: given.raw("payload"),
        sServer: given.raw("s_server"),
        withdrawn: given.raws("withdrawn"),
      },
    );
    return { card: accepted.card, bits: accepted.bits, channel: accepted.channel, time: accepted.time };
  },

  verify_withdrawal: async (given) => {
    const [statement, signature] = [given.raw("statement"), given.raw("signature")];
    return {
      time: await consent.verifyWithdrawal(statement, signature, given.raw("seat_sign_pk"), given.raw("consent")),
    };
  },
};
