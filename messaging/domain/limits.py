"""Every bound of the service, by name, with its unit last. A bound that is not here does not exist."""

from typing import Final

# Frames and commands (PROTOCOL.md section 2)
frame_bytes_max: Final = 65_536
"""One WebSocket message from a client; also the most that an HTTP body may hold unless said otherwise."""
commands_per_frame_max: Final = 64
unacked_commands_max: Final = 64
"""Commands of one socket that wait for their answer. More are refused with `busy`."""
payload_bytes_max: Final = 45_056
"""One message payload (header, salt, commitment, ciphertext): in base64 with its envelope it fits a frame."""

proof_bytes_max: Final = 1_024
"""A stamp with its path: of a commit of 2,048 events it has 528 bytes."""

# Sockets
hello_s: Final = 5.0
outbound_events_max: Final = 256
outbound_bytes_max: Final = 262_144
"""What waits for one slow socket before it is told to resync and closed with 4010."""
outbound_frame_bytes_max: Final = 131_072
write_stall_s: Final = 10.0
"""Without any progress of what waits to be written: 4008. A slow line that makes progress may take its time."""
sockets_per_account_max: Final = 5
sockets_per_process_max: Final = 20_000
fragments_per_message_max: Final = 32
control_frames_per_window_max: Final = 20
control_window_s: Final = 10.0
stream_beat_s: Final = 15.0
"""How often a stream of the second carrier says that it lives."""
stream_silence_s: Final = 75.0
"""A stream that no request reached for so long is closed with 4008."""
drain_s: Final = 15.0
"""Over how long the sockets of a stopping process are closed, at the most."""
drain_sockets_per_s: Final = 200

# The writer
writer_queue_max: Final = 4_096
"""Commands that wait for a commit in one process; beyond it admission control answers `busy`."""
writer_batch_max: Final = 512
busy_retry_after_ms: Final = 500
checkpoint_every_s: Final = 0.5
watch_every_s: Final = 5.0
"""How often a process notes how far the database is, and asks whether a backup was restored."""

# Reading
pull_events_max: Final = 500
pull_bytes_max: Final = 98_304
threads_page_max: Final = 200
changed_since_margin_ms: Final = 60_000
"""Welcome lists what changed since the client's last `now`, less this margin: a commit may end after a later one."""

# Accounts, mailboxes, keys
http_head_bytes_max: Final = 32_768
"""Of a request line with its headers, as they come in: one read of the network may hold more."""
http_head_s: Final = 10.0
http_body_s: Final = 20.0
http_body_bytes_max: Final = 65_536
prekey_body_bytes_max: Final = 196_608
"""64 prekeys of about 1,350 bytes each, in base64."""
removal_body_bytes_max: Final = 524_288
"""Seed wraps for every seat (64), and as many new prekeys as fit."""
prekeys_per_removal_and_target_max: Final = 16
kits_per_mailbox_max: Final = 4
vault_body_bytes_max: Final = 393_216
ticket_s: Final = 60
vault_bytes_max: Final = 262_144
vault_wraps_max: Final = 16
seats_per_mailbox_max: Final = 64
pending_seats_per_mailbox_max: Final = 16
roster_record_bytes_max: Final = 4_096
prekeys_per_batch_max: Final = 64
prekeys_per_target_max: Final = 128
claims_per_claimant_per_day_max: Final = 40
claims_per_claimant_and_target_per_day_max: Final = 4
"""A prekey is handed out once: nobody may empty another party's pool alone."""
prekey_claim_open_h: Final = 72
"""A claim that was not used to open a thread within this time is void."""
target_wanted_every_h: Final = 24
"""How often the platform's back end hears at most that somebody would write to a target where nobody can receive."""
presentation_chars_max: Final = 600
presentations_coarser_max: Final = 4
"""Ever coarser versions that a mailbox may give beside its finest presentation."""

# The platform's back end
platform_keys_max: Final = 64
"""Keys that are not revoked, in one deployment."""
idempotency_key_chars_max: Final = 255
idempotency_h: Final = 24
"""How long the answer to a request with an Idempotency-Key is kept, to be given again."""
idempotency_answers_max: Final = 100_000
"""Kept answers of one caller: as many requests as that in a day, then `too_many`."""
idempotency_cleared_max: Final = 100
"""Expired answers that one request clears away."""
reset_threads_page_max: Final = 500
"""Conversations that one answer names for which the platform is to sign a reset."""
reset_tokens_max: Final = 32
"""Of one request."""
reset_token_chars_max: Final = 1_500
reset_clock_s: Final = 300
"""By how much the platform's clock may differ from the service's."""
erased_person_h: Final = 24
"""How long tokens from before an erasure are known and refused; no token of the platform lives as long."""
export_rows_max: Final = 10_000
"""Of each list in the export of one account."""
purge_rewrite_bytes_max: Final = 134_217_728
"""PostgreSQL: larger tables are not rewritten while the service runs, since nobody could use them meanwhile."""
retention_batch_max: Final = 500
"""Rows that one transaction of the retention run deletes."""
retention_threads_max: Final = 20
purge_wait_s: Final = 10.0
"""PostgreSQL: how long a purge waits for transactions that still see what was deleted."""

# Conversations
notice_bytes_max: Final = 512
invitation_bytes_max: Final = 6_144
"""An invitation of a third party: its keys, and what it shows of itself; also the acceptance that holds it."""
shares_per_command_max: Final = 24
"""Keys of epochs for a third party in one command: each has 1,560 bytes in base64."""
shares_page_max: Final = 48
cards_waiting_per_side_max: Final = 3
card_payload_bytes_max: Final = 8_192
threads_opened_per_mailbox_per_day_max: Final = 40
desk_entry_bytes_max: Final = 32_768
receipt_coarse_ms: Final = 60_000
"""Before identities are revealed a receipt shows the minute only."""

# Alerts
alert_after_min: Final = 10
"""How long a word of the peer's is left to whoever reads by themselves."""
alert_every_h: Final = 1
alerts_per_day_max: Final = 4
"""Alerts of one person, of all their mailboxes together: at most one an hour, and so many in 24 hours."""
alert_spread_s: Final = 600
"""Up to so long an alert is put off, drawn at random."""
alert_retry_s: Final = 900
"""After how long one that could not be handed over is tried again."""
alert_look_every_s: Final = 120
alert_looks_max: Final = 25
"""People that one pass looks at, in one transaction: on SQLite nobody writes meanwhile."""
alert_threads_max: Final = 200
"""Waiting threads of one person that are looked at: more would say no more."""
quiet_minutes_max: Final = 1_320
mail_confirm_h: Final = 24
mail_confirms_per_day_max: Final = 5
"""Mails that ask whether an address is right, for one account."""
alert_link_days: Final = 60
"""How long a link of a mail opens its thread, and how long one unsubscribes."""
alert_links_cleared_max: Final = 200
push_subscriptions_max: Final = 8
"""Of one account; one more takes the place of the oldest."""
push_endpoint_chars_max: Final = 1_024
push_ttl_s: Final = 86_400
push_s: Final = 10.0
"""How long a push service may take to answer."""
smtp_s: Final = 20.0
"""How long each step with the mail server may take."""

# Outbox
outbox_batch_max: Final = 500

malformed_frames_max: Final = 16
"""Broken frames after which a socket is closed with 4501: its client will not get better."""
