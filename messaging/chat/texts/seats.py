"""What is said of seats: taking one, admitting to one, and a mailbox that began anew."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

TEXTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "founded": (
            "Votre boîte est ouverte\u00a0: vous en êtes l’administrateur.",
            "Your mailbox is open: you are its administrator.",
        ),
        "seat_words": (
            "Demandez à un administrateur de votre boîte de taper /sieges et de comparer ces mots avec vous\u00a0:",
            "Ask an administrator of your mailbox to type /seats and to compare these words with you:",
        ),
        "seat_waiting": (
            "(en attente d’un siège…)",
            "(waiting for a seat…)",
        ),
        "no_mailbox": (
            "La plateforme ne vous donne aucune boîte.",
            "The platform gives you no mailbox.",
        ),
        "seat_asked": (
            "(quelqu’un demande un siège\u00a0: /sieges)",
            "(somebody asks for a seat: /seats)",
        ),
        "nobody_asks": (
            "Personne ne demande de siège.",
            "Nobody asks for a seat.",
        ),
        "seat_compare": (
            "{role} demande un siège. Ces douze mots sont-ils les mêmes sur son écran\u202f? (oui/non) ",
            "{role} asks for a seat. Are these twelve words the same on their screen? (yes/no) ",
        ),
        "seated": (
            "(siège accordé)",
            "(seat given)",
        ),
        "not_seated": (
            "(siège refusé)",
            "(seat not given)",
        ),
        "role_mayor": (
            "maire",
            "mayor",
        ),
        "role_deputy": (
            "adjoint",
            "deputy",
        ),
        "role_agent": (
            "agent",
            "agent",
        ),
        "role_holder": (
            "porteur du projet",
            "project holder",
        ),
        "role_co_holder": (
            "co-porteur du projet",
            "co-holder",
        ),
        "role_facilitator": (
            "facilitateur",
            "facilitator",
        ),
        "role_moderator": (
            "modérateur",
            "moderator",
        ),
        "side_reset": (
            "⚠ Une des deux parties est repartie de zéro, la plateforme l’atteste. Tenez-la pour inconnue tant "
            "qu’elle ne s’est pas présentée de nouveau.",
            "⚠ One of the two sides began anew, and the platform attests it. Take it for a stranger until it has "
            "shown who it is again.",
        ),
        "reset_known": (
            "Votre messagerie est repartie de zéro\u00a0: ce qui s’y était dit n’est plus lisible. Continuez seulement "
            "si la plateforme, ou quelqu’un que vous connaissez, vous l’a dit. Continuer\u202f? (oui/non) ",
            "Your mailbox began anew: what was said in it can no longer be read. Go on only if the platform, or "
            "somebody you know, told you so. Go on? (yes/no) ",
        ),
        "reset_awaited": (
            "Votre messagerie est repartie de zéro, et la plateforme ne l’a pas encore confirmé dans cette "
            "conversation. Rien n’est parti\u202f; réessayez plus tard.",
            "Your mailbox began anew, and the platform has not vouched for it in this conversation yet. Nothing was "
            "sent; try again later.",
        ),
        "peer_begins_anew": (
            "L’autre partie repart de zéro et ne pourrait pas encore vous lire. Rien n’est parti\u202f; réessayez plus "
            "tard.",
            "The other side begins anew and could not read you yet. Nothing was sent; try again later.",
        ),
    }
)
