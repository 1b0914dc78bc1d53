// Made from the structs of messaging/wire by scripts/make_wire_types.py: change those, then run it.
// What each field means is in messaging/ws/PROTOCOL.md.

/** Close codes (PROTOCOL.md section 7): 4000 to 4499 reconnect, 4500 to 4999 are final. */
export const CLOSE = {
  GOING_AWAY: 4001,
  TOKEN_EXPIRED: 4005,
  SLOW_CONSUMER: 4008,
  RESYNC: 4010,
  TOO_MANY_REQUESTS: 4013,
  BAD_TOKEN: 4500,
  PROTOCOL_ERROR: 4501,
  HELLO_TIMEOUT: 4502,
  REVOKED: 4503,
  TOO_MANY_CONNECTIONS: 4504,
} as const;

/** Of messaging/domain/limits.py. */
export const LIMITS = {
  frame_bytes_max: 65536,
  commands_per_frame_max: 64,
  unacked_commands_max: 64,
  payload_bytes_max: 45056,
  notice_bytes_max: 512,
  card_payload_bytes_max: 8192,
  cards_waiting_per_side_max: 3,
  desk_entry_bytes_max: 32768,
  pull_events_max: 500,
  pull_bytes_max: 65536,
  vault_bytes_max: 262144,
  vault_wraps_max: 16,
  prekeys_per_batch_max: 64,
  prekeys_per_target_max: 128,
  prekeys_per_removal_and_target_max: 16,
  seats_per_mailbox_max: 64,
  kits_per_mailbox_max: 4,
  ticket_s: 60,
} as const;
