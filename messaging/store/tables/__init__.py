"""Every table of the service, one MetaData.

- Ids are 16 random bytes, digests 32; times are ms since 1970 in 8 bytes; JSON is kept as bytes.
- `thread` leads every key of a thread's data: it can be the distribution key of a cluster as it stands.
- The path of a message writes `threads`, `events` and `outbox` only. `events` has the fewest indexes that keep the log
  right, and no foreign key: the thread's row is locked while it is written to, which says more.
- The consent register is append-only, by triggers: it is the proof that a consent was given (GDPR article 7). So is the
  moderators' audit log.
"""

from messaging.store.tables.alerts import alert_links, alerts, push_subscriptions
from messaging.store.tables.consents import cards, consent_register, escrow
from messaging.store.tables.mailboxes import (
    ended_records,
    mailboxes,
    prekeys,
    presentations,
    prevs,
    resets,
    roster_records,
    rosters,
    seats,
    seeds,
    targets,
)
from messaging.store.tables.moderation import (
    audit_checkpoints,
    audit_leaves,
    audit_nodes,
    moderation_cases,
    moderation_certificates,
    moderation_decisions,
    moderation_notices,
    moderation_statements,
    moderation_told,
    moderation_unmaskings,
)
from messaging.store.tables.relations import (
    outbox,
    publications,
    relation_corrections,
    relation_logs,
    relation_openings,
    webhook_deliveries,
    webhooks_disabled,
)
from messaging.store.tables.schema import metadata
from messaging.store.tables.service import accounts, answers, erased_people, meta, platform_keys, tickets, vaults
from messaging.store.tables.threads import (
    closings,
    desk_entries,
    events,
    parties,
    positions,
    progress,
    rotations,
    shares,
    thirds,
    threads,
    wraps,
)

__all__ = [
    "accounts",
    "alert_links",
    "alerts",
    "answers",
    "audit_checkpoints",
    "audit_leaves",
    "audit_nodes",
    "cards",
    "closings",
    "consent_register",
    "desk_entries",
    "ended_records",
    "erased_people",
    "escrow",
    "events",
    "mailboxes",
    "meta",
    "metadata",
    "moderation_cases",
    "moderation_certificates",
    "moderation_decisions",
    "moderation_notices",
    "moderation_statements",
    "moderation_told",
    "moderation_unmaskings",
    "outbox",
    "parties",
    "platform_keys",
    "positions",
    "prekeys",
    "presentations",
    "prevs",
    "progress",
    "publications",
    "push_subscriptions",
    "relation_corrections",
    "relation_logs",
    "relation_openings",
    "resets",
    "roster_records",
    "rosters",
    "rotations",
    "seats",
    "seeds",
    "shares",
    "targets",
    "thirds",
    "threads",
    "tickets",
    "vaults",
    "webhook_deliveries",
    "webhooks_disabled",
    "wraps",
]
