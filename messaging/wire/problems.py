"""Refusals as RFC 9457 problems, and the catalogue of what they say to people: French first, then English.

`type` is `/problems/{code}`, a page of this service made from the same catalogue.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from messaging.domain.errors import PliError
from messaging.wire.events import Problem


@dataclass(frozen=True, slots=True)
class Explanation:
    """One refusal explained: a title, and what to do, in both languages."""

    title_fr: str
    advice_fr: str
    title_en: str
    advice_en: str


CATALOGUE: Final = MappingProxyType(
    {
        "failed": Explanation(
            "Erreur du service",
            "Le service a rencontré une erreur. Rien n’est perdu de ce qui était confirmé ; réessayez plus tard.",
            "Service error",
            "The service failed. Nothing that was confirmed is lost; try again later.",
        ),
        "malformed": Explanation(
            "Demande mal formée",
            "L’application a envoyé une demande que le protocole ne prévoit pas. Mettez-la à jour.",
            "Malformed request",
            "The client sent what the protocol does not allow; nothing was stored. See `detail`.",
        ),
        "too_large": Explanation(
            "Envoi trop volumineux",
            "L’envoi dépasse la taille permise. Envoyez-le en plusieurs fois.",
            "Too large",
            "A frame, a body or a list is over its bound; nothing was stored. Send it in parts.",
        ),
        "unknown_command": Explanation(
            "Commande inconnue",
            "L’application demande une chose que ce service ne connaît pas.",
            "Unknown command",
            "The service does not know this command: the client is newer, or wrong.",
        ),
        "unverifiable": Explanation(
            "Preuve refusée",
            "Une signature ou une clé ne se vérifie pas. Rien n’a été enregistré.",
            "Does not verify",
            "A signature, a key or a proof does not verify; nothing was stored.",
        ),
        "key_reused": Explanation(
            "Clé d’idempotence déjà utilisée",
            "Cette clé accompagnait une autre demande. Une nouvelle demande prend une nouvelle clé.",
            "Idempotency key used before",
            "This Idempotency-Key stood on a request with another address or body. A new request takes a new key.",
        ),
        "unauthenticated": Explanation(
            "Connexion nécessaire",
            "Reconnectez-vous depuis la plateforme.",
            "Sign in",
            "No token, or one that does not verify. Get a new one from the platform.",
        ),
        "token_expired": Explanation(
            "Connexion expirée",
            "Votre session a expiré ; l’application en demande une nouvelle.",
            "Token expired",
            "Get a new token from the platform and try again.",
        ),
        "not_found": Explanation(
            "Introuvable",
            "Cela n’existe pas, ou ne vous est pas accessible.",
            "Not found",
            "Unknown, or not yours: the two answers are the same, on purpose.",
        ),
        "conflict": Explanation(
            "Action impossible dans cet état",
            "L’état actuel ne permet pas cette action. Rien n’a changé.",
            "Conflict",
            "The present state does not allow this; nothing changed. See `detail`.",
        ),
        "stale_head": Explanation(
            "Une modification est arrivée avant la vôtre",
            "L’application relit l’état et recommence.",
            "Something was written first",
            "A compare-and-swap was lost: read again, merge, and try again.",
        ),
        "stale_epoch": Explanation(
            "Les clés de la conversation ont été renouvelées",
            "L’application chiffre à nouveau votre message et le renvoie.",
            "The conversation’s keys were renewed",
            "Read the newest epoch and seal the same message again, with the same id and a new salt.",
        ),
        "rotation_needed": Explanation(
            "Les clés de votre côté doivent d’abord être renouvelées",
            "L’application renouvelle les clés de la conversation, puis renvoie votre message.",
            "Renew this side’s keys first",
            "Someone left this mailbox: rotate the thread, then seal the same message again, same id and a new salt.",
        ),
        "reset_pending": Explanation(
            "La plateforme doit d’abord confirmer votre nouvelle équipe",
            "Votre messagerie a recommencé à neuf. La plateforme le confirme dans chaque conversation ; réessayez plus "
            "tard.",
            "The platform must vouch for this mailbox first",
            "This mailbox began anew. In each conversation its side writes once the event `reset` stands there.",
        ),
        "target_not_ready": Explanation(
            "Personne ne peut encore recevoir ici",
            "Votre message est gardé ; il partira dès que ce sera possible.",
            "Nobody can receive here yet",
            "Keep the first message, sealed to yourself, and try again later.",
        ),
        "frozen": Explanation(
            "Conversation suspendue",
            "La modération a suspendu cette conversation. Les motifs vous ont été adressés.",
            "Conversation frozen",
            "Moderation froze this conversation; both sides were told why.",
        ),
        "suspended": Explanation(
            "Messagerie suspendue",
            "La modération a suspendu votre messagerie pour un temps : vous pouvez lire, pas écrire. Les motifs et la "
            "voie de recours vous ont été adressés.",
            "Mailbox suspended",
            "Moderation suspended this mailbox for a time: it can read, not write. It was told why, and how to appeal.",
        ),
        "too_many": Explanation(
            "Trop de demandes",
            "Vous avez atteint une limite qui ne dépend que de vous. Réessayez plus tard.",
            "Too many requests",
            "A quota of the caller’s own was reached. Wait `retry_after_ms`.",
        ),
        "busy": Explanation(
            "Service très sollicité",
            "Rien n’a été enregistré ; l’application réessaie d’elle-même.",
            "Busy",
            "Admission control: nothing was stored. Try the same bytes again after `retry_after_ms`.",
        ),
    }
)


def problem(error: PliError) -> Problem:
    """The struct that a client gets for a refusal."""
    return Problem(
        type=f"/problems/{error.code}",
        title=CATALOGUE[error.code].title_fr,
        status=error.status,
        code=error.code,
        detail=error.detail,
        retryable=error.retryable,
        retry_after_ms=error.retry_after_ms,
    )
