"""Every bound of the service, by name, with its unit last. A bound that is not here does not exist."""

from typing import Final

# Frames and commands (PROTOCOL.md section 2)
frame_bytes_max: Final = 65_536
"""One WebSocket message from a client; also the most that an HTTP body may hold unless said otherwise."""
commands_per_frame_max: Final = 64
unacked_commands_max: Final = 64
"""Commands of one socket that wait for their answer. More are refused with `busy`."""
unacked_bytes_max: Final = 131_072
"""What these may hold together before the next one is refused: two frames, and the last one's rest."""
payload_bytes_max: Final = 45_056
"""One message payload (header, salt, commitment, ciphertext): in base64 with its envelope it fits a frame."""

proof_bytes_max: Final = 1_024
"""A stamp with its path: of a commit of 2,048 events it has 528 bytes."""

frames_per_turn_max: Final = 64
"""Frames of one socket that are read before it is others' turn: one read of the network may hold tens of thousands."""
waste_per_window_max: Final = 2_048
"""Frames of one socket that ask for nothing, and commands that are refused, before it is closed with 4013: who waits as
`busy` says stays below."""
waste_window_s: Final = 10.0
after_close_bytes_max: Final = 262_144
"""What may still come over a WebSocket that this side closed, and is passed over, before it is cut."""

# Sockets
hello_s: Final = 5.0
outbound_events_max: Final = 256
outbound_bytes_max: Final = 131_072
"""What waits for one slow socket before it is told to resync and closed with 4010."""
outbound_frame_bytes_max: Final = 65_536
outbound_room_bytes: Final = 16_384
"""Where more waits to be written, no further read is carried out: its answer may have as much as `pull_bytes_max`."""
socket_buffer_bytes: Final = 16_384
"""What the process keeps of one socket behind what the kernel took, before it counts as slow."""
write_stall_s: Final = 8.0
"""Without enough progress of what waits to be written: 4008. A slow line that makes progress may take its time."""
write_progress_bytes_min: Final = 16_384
"""What counts as progress in `write_stall_s`: 2 kB a second."""
last_word_s: Final = 3.0
"""For how long what stands before the close frame of such a line may still be written."""
socket_send_bytes: Final = 131_072
"""What the kernel takes of one socket before the service notices that nobody reads."""
half_open_per_address_max: Final = 512
"""Connections of one address whose request did not come whole yet; a proxy keeps fewer in reserve."""
sockets_per_account_max: Final = 5
sockets_per_process_max: Final = 20_000
fragments_per_message_max: Final = 32
control_frames_per_window_max: Final = 20
control_window_s: Final = 10.0
stream_beat_s: Final = 15.0
"""How often a stream of the second carrier says that it lives."""
stream_silence_s: Final = 75.0
"""A stream that no request reached for so long is closed with 4008."""

# Rates of one account, at all processes together (PROTOCOL.md section 8)
messages_per_s: Final = 50
messages_burst_s: Final = 20
"""What one may send at once after a pause: as much as in so many seconds."""
commands_per_s: Final = 100
commands_burst_max: Final = 2_000
requests_per_s: Final = 20
requests_burst_max: Final = 400
rate_accounts_max: Final = 65_536
"""Of how many accounts a process remembers what they asked for, for each rate."""

# The end of a process
drain_s: Final = 12.0
"""Over how long the sockets of a stopping process are closed, at the most."""
drain_sockets_per_s: Final = 200

# The writer
writer_queue_max: Final = 4_096
"""Commands that wait for a commit in one process; beyond it admission control answers `busy`."""
writer_queue_bytes_max: Final = 8_388_608
"""The same for their payloads: of ordinary messages as many as may wait have less than half of it."""
writers_per_process: Final = 2
"""Where the database takes several: one is served by it while the other reads and answers. A process that is one of
several has one: the others use the database meanwhile, and smaller commits cost more for each message."""
writer_batch_max: Final = 512
writer_busy_from: Final = 24
"""After a batch of so many messages the next one begins `writer_every_s` after it began, not at once."""
writer_every_s: Final = 0.008
busy_retry_after_ms: Final = 500
sent_again_within: Final = 128
"""Events of its thread: a message that comes twice is known for what it is while so many at most came after it."""
sent_again_within_long: Final = 2_048
"""The same where its sender says that it comes again. It is looked for in the table, so that an account may say so as
often as it may have commands that wait, and then once a second."""
sent_again_per_s: Final = 1
checkpoint_every_s: Final = 0.5
watch_every_s: Final = 5.0
"""How often a process notes how far the database is, and asks whether a backup was restored."""

# Between processes
shared_shards: Final = 8
"""Channels that what is told is spread over: in a cluster of Redis they lie on different nodes."""
shared_unsaid_max: Final = 8_192
"""What waits to be told to the other processes; beyond it, it counts as lost, and they look into the database. Beside
it, so many accounts whose seats changed; the oldest drop out."""
shared_again_max: Final = 1_024
"""Hints that no sweep finds, a shard: kept where Redis did not take them, and told again; the oldest drop out."""
shared_unheard_max: Final = 8_192
"""What was heard, of this process or another, and waits to be delivered; beyond it, likewise."""
shared_batch_max: Final = 128
"""Events delivered at once: fewer than wait for one socket at the most, so that it may write in between."""
shared_batch_bytes_max: Final = 65_536
"""The same in bytes: half of what waits for one socket at the most."""
shared_every_s: Final = 0.008
"""What is told, or delivered, within so long after the last goes together; after a pause nothing waits."""
shared_bulletin_bytes_max: Final = 1_048_576
shared_publish_s: Final = 0.5
"""How long a step with Redis may take before it counts as away: longer than a busy machine keeps a process waiting."""
shared_away_s: Final = 1.0
"""For so long nothing is told after a failure."""
shared_ping_s: Final = 0.3
shared_silence_s: Final = 0.9
"""Without a word of Redis for so long, a channel counts as deaf."""
shared_notes_bytes_max: Final = 4_194_304
"""Notes that wait to be told over one shard; further ones are dropped."""
shared_bulletin_ms_max: Final = 60_000
"""A bulletin that is older is not taken: somebody kept it."""
shared_origins_max: Final = 4_096
"""Processes, times shards, of which the last number is remembered."""
shared_origin_silent_s: Final = 20.0
"""A process that said nothing for so long holds no sockets any more."""
rates_told_every_s: Final = 0.1
rates_told_max: Final = 512
"""Accounts in one note."""
sockets_elsewhere_max: Final = 64
"""Sockets of one account at other processes that are remembered."""
stream_calls_max: Final = 256
"""Frames that are on their way from one process to streams of others; then `busy`."""
stream_calls_to_one_max: Final = 32
"""The same to one other process: one that went holds up no frames for those that stand."""
stream_elsewhere_s: Final = 2.0
"""How long another process may take to answer for a stream."""
sweep_every_s: Final = 5.0
"""How often a process looks for what it was not told."""
sweep_deaf_s: Final = 0.2
"""As long as a channel is deaf: so that what comes at once stays little."""
sweep_deaf_share: Final = 0.2
"""What a sweep takes, meanwhile, to the pause after it: long ones leave time between them, but no more than
`sweep_away_s`."""
sweep_away_s: Final = 1.0
"""No more often where what was told has gaps, or the database is away; so often, while deaf, seats are looked at and
the states of threads are told whose events cannot be said."""
sweep_events_max: Final = 1_024
"""Events that one sweep says itself; of further threads the states are told. Also the most that are put in at once
before what was said here."""
sweep_events_of_one_max: Final = 32
"""The same of one thread."""
sweep_bytes_max: Final = 1_048_576
"""What they may hold together before no more are read."""
sweep_bytes_to_one_max: Final = 65_536
"""Of that, to one socket: as much as it may pull at once, and half of what may wait for it. Also what is put in at once
before what was said here."""
sweep_threads_at_once: Final = 16
"""Threads of which it reads them in one transaction."""
skew_told_every_s: Final = 60.0
"""How often the log says that another process's clock is off."""
sweep_grace_s: Final = 0.2
"""How long word of a commit may take before a sweep counts it as lost; a sweep waits for it once."""
sweep_chunk_max: Final = 500
"""Mailboxes, or accounts, that one transaction of a sweep looks at."""
marks_max: Final = 131_072
"""Logs of which a process remembers how far they were told."""

# Reading
pull_events_max: Final = 500
pull_bytes_max: Final = 65_536
threads_page_max: Final = 200
changed_since_margin_ms: Final = 60_000
"""Welcome lists what changed since the client's last `now`, less this margin: a commit may end after a later one."""

# Accounts, mailboxes, keys
http_head_bytes_max: Final = 32_768
"""Of a request line with its headers, as they come in: one read of the network may hold more."""
http_head_s: Final = 8.0
http_idle_s: Final = 75
"""A connection without a request is kept for longer than load balancers (60 s, most of them) and clients keep theirs:
who ends it first must be the one who sends, or a request meets the end on its way, taken or not."""
http_idle_crowded_s: Final = 5
"""Where the process keeps `http_idle_connections_max` already."""
http_idle_connections_max: Final = 1_000
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
roster_records_max: Final = 4_096
"""Then only removals are taken, which end by themselves. Three records for each person who comes and goes: 64 seats
that all change every two years reach it after 40 years."""
roster_own_records_max: Final = 2_048
"""From then on kits are not admitted, nor seeds renewed alone: what one administrator could do without end leaves room
for persons."""
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

# Moderation
report_sealed_bytes_max: Final = 24_576
"""No statement of SPEC.md section 10.2 is longer, sealed."""
report_range_events_max: Final = 256
reports_per_mailbox_per_day_max: Final = 20
reports_per_case_max: Final = 50
"""Of one case, answers too."""
answers_per_mailbox_and_case_max: Final = 10
excerpt_bytes_max: Final = 2_097_152
"""Of the payloads that prove the statements of one case, in one answer: the rest is asked for."""
excerpt_step_bytes: Final = 1_048_576
"""Of a log that is read to prove something: how much is in memory at once."""
case_claim_h: Final = 24
"""How long a moderator has a case, or an appeal, before it is everybody's again."""
case_answer_days: Final = 7
"""How long the accused has to answer when asked."""
appeal_days: Final = 183
"""How long a decision can be contested: at least six months (article 20 of Regulation (EU) 2022/2065)."""
case_kept_days: Final = 365
"""Of no conversation: how long what was sent from outside is kept once its case is over."""
case_closes_days: Final = 7
"""After how long a case is over once its appeal was decided."""
measure_days_max: Final = 730
audit_entries_max: Final = 100
"""Of the audit log in one answer; each is proven."""
queue_cases_max: Final = 200
"""Of each origin, the most urgent: what comes from outside, or of a rule, takes no place from reports and appeals."""
queue_considered_max: Final = 2_000
"""Of each origin: how many are ranked for those, appeals and then the oldest first."""
cases_listed_max: Final = 200
reporter_record_days: Final = 365
"""How far back a reporter's earlier reports are looked at."""
statement_chars_max: Final = 4_000
seqs_in_question_max: Final = 64
notice_text_chars_max: Final = 4_000
notices_per_hour_max: Final = 20
"""From outside, of everybody together: more are refused for an hour."""
notices_open_max: Final = 500
unsigned_notices_per_hour_max: Final = 10
"""Of those without an account together: they leave room for the others."""
unsigned_notices_open_max: Final = 100
unsigned_notices_per_address_and_hour: Final = 3
unsigned_notices_burst_max: Final = 3
"""At once, from an address that sent none for an hour."""
notice_place_chars_max: Final = 500
notice_form_bytes_max: Final = 65_536
"""Of a form: 4,000 characters, each of up to 12 bytes once percent-encoded."""
notices_per_account_and_hour_max: Final = 3
notices_open_per_account_max: Final = 10
"""Undecided ones: nobody shuts the way for everybody else."""
unmask_told_after_days: Final = 7
"""After how long both sides are told that a mailbox was unmasked, where no decision told them before."""
moderation_look_every_s: Final = 30.0
moderation_looks_max: Final = 50
"""Cases and sanctions that one pass of the worker moves on."""
flag_look_every_s: Final = 900.0

# Outbox
outbox_batch_max: Final = 2_000
"""Relation events that go out at once: what each batch costs beside them is the most of what they cost."""
outbox_shards: Final = 8
"""Parts of the outbox, by relation, each with at most one relay at a time."""
outbox_hung_ms: Final = 60_000
"""PostgreSQL: how long a relay may take to write a batch before the database ends its transaction."""
outbox_shards_at_once: Final = 4
"""Of those, what one relay takes at a time: others find some to do meanwhile."""

# Webhooks
webhook_s: Final = 15.0
webhook_lease_ms: Final = 120_000
"""A delivery that nobody finished is tried again after so long."""
webhooks_at_once: Final = 16
webhook_retry_ms: Final = 3 * 86_400_000

# Figures
figures_page_max: Final = 50_000
"""Relations that are read and folded at once."""
figures_every_s: Final = 3_600.0

malformed_frames_max: Final = 16
"""Broken frames after which a socket is closed with 4501: its client will not get better."""
