"""What is said of conversations: their list, their messages, notes, first contacts and third parties."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

TEXTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "no_threads": (
            "Aucune conversation pour l’instant. /ecrire en ouvre une.",
            "No conversation yet. /write opens one.",
        ),
        "thread_line": (
            "{number}. {peer}{unread} — {last}",
            "{number}. {peer}{unread} — {last}",
        ),
        "unread": (
            " ({count} non lu(s))",
            " ({count} unread)",
        ),
        "no_text": (
            "(aucun message)",
            "(no message)",
        ),
        "no_such_thread": (
            "Il n’y a pas de conversation {number}. /fils les liste.",
            "There is no conversation {number}. /threads lists them.",
        ),
        "none_open": (
            "Ouvrez d’abord une conversation\u00a0: /fils, puis /ouvrir N.",
            "Open a conversation first: /threads, then /open N.",
        ),
        "opened": (
            "── {peer} ──",
            "── {peer} ──",
        ),
        "verified": (
            "{group}, {area} (vérifié)",
            "{group}, {area} (verified)",
        ),
        "unverified": (
            "{group}, {area}",
            "{group}, {area}",
        ),
        "peer_words": (
            "«\u00a0{words}\u00a0»",
            "“{words}”",
        ),
        "you": (
            "vous",
            "you",
        ),
        "colleague": (
            "{role}, collègue",
            "{role}, colleague",
        ),
        "unknown_content": (
            "(un contenu que ce programme ne connaît pas)",
            "(a content that this program does not know)",
        ),
        "not_rendered": (
            "(un élément n’a pas pu être vérifié et n’est pas affiché)",
            "(something did not verify and is not shown)",
        ),
        "stopped": (
            "La suite de cette conversation n’est plus suivie\u00a0: le service a enfreint une règle "
            "({reason}). Prévenez la plateforme.",
            "This conversation is no longer followed: the service broke a rule ({reason}). Tell the platform.",
        ),
        "kept": (
            "(pas encore confirmé\u00a0: le message est gardé et partira de lui-même)",
            "(not confirmed yet: the message is kept and goes out by itself)",
        ),
        "refused": (
            "(refusé\u00a0: {title})",
            "(refused: {title})",
        ),
        "message_elsewhere": (
            "(nouveau message dans la conversation {number}\u00a0: {peer})",
            "(new message in conversation {number}: {peer})",
        ),
        "peer_read": (
            "(lu)",
            "(read)",
        ),
        "colleague_note": (
            "(note d’un collègue\u00a0: {text})",
            "(a colleague’s note: {text})",
        ),
        "note_kept": (
            "(note gardée, pour vos collègues seulement)",
            "(note kept, for your colleagues only)",
        ),
        "note_empty": (
            "Écrivez la note après la commande\u00a0: /note TEXTE",
            "Write the note after the command: /note TEXT",
        ),
        "not_sent": (
            "(rien n’a été envoyé)",
            "(nothing was sent)",
        ),
        "no_listings": (
            "Il n’y a personne à qui écrire.",
            "There is nobody to write to.",
        ),
        "listing_line": (
            "  {number}. {title}",
            "  {number}. {title}",
        ),
        "which_listing": (
            "À qui écrire\u202f? (numéro\u202f; rien pour annuler) ",
            "Write to whom? (number; nothing to cancel) ",
        ),
        "first_message": (
            "Votre premier message\u00a0: ",
            "Your first message: ",
        ),
        "third_party": (
            "Tiers",
            "Third party",
        ),
        "third_invited": (
            "propose d’inviter {third}, qui lirait la suite de la conversation et y écrirait",
            "proposes to invite {third}, who would read what follows in this conversation and write in it",
        ),
        "third_invited_history": (
            "propose d’inviter {third}, qui lirait toute la conversation depuis le début et y écrirait",
            "proposes to invite {third}, who would read the whole conversation from its beginning and write in it",
        ),
        "third_joined": (
            "⚠ {third} lit désormais cette conversation et peut y écrire, avec l’accord des deux parties. Les cartes "
            "d’identité ne lui sont pas montrées.",
            "⚠ {third} reads this conversation from now on and may write in it, as both sides agreed. Identity cards "
            "are not shown to them.",
        ),
        "third_left": (
            "Le tiers a quitté la conversation et ne lit rien de la suite.",
            "The third party left the conversation and reads nothing of what follows.",
        ),
        "closed_mark": (
            " [fermée]",
            " [closed]",
        ),
        "blocked_mark": (
            " [bloquée]",
            " [blocked]",
        ),
    }
)
