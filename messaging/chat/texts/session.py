"""What is said of the visit itself: signing in, the line, the commands, what went wrong."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

TEXTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "signing_in": (
            "Connexion de {name}…",
            "Signing in as {name}…",
        ),
        "welcome": (
            "Vous êtes {name}, boîte «\u00a0{mailbox}\u00a0». Écrivez une ligne et validez pour "
            "l’envoyer\u202f; /aide liste les commandes.",
            "You are {name}, mailbox “{mailbox}”. Type a line and press Enter to send it; /help lists the commands.",
        ),
        "no_demo": (
            "Aucune démonstration ne tourne dans {folder}. Lancez-la d’abord dans un autre terminal\u00a0: make demo",
            "No demo runs in {folder}. Start it first, in another terminal: make demo",
        ),
        "who": (
            "Dites qui vous êtes\u00a0: pli chat {people}",
            "Say who you are: pli chat {people}",
        ),
        "unknown_person": (
            "Personne de ce nom dans la démonstration. Il y a\u00a0: {people}",
            "Nobody of that name is in the demo. There are: {people}",
        ),
        "unreachable": (
            "Le service ne répond pas. Réessayez quand il sera de nouveau là.",
            "The service does not answer. Try again when it is back.",
        ),
        "failed": (
            "Impossible\u00a0: {reason}",
            "Not possible: {reason}",
        ),
        "ended": (
            "La connexion est terminée\u00a0: {reason}",
            "The connection has ended: {reason}",
        ),
        "offline": (
            "(hors ligne\u00a0: ce que vous écrivez est gardé ici et partira au retour du réseau)",
            "(offline: what you write is kept here and goes out when the network is back)",
        ),
        "online": (
            "(de nouveau en ligne)",
            "(online again)",
        ),
        "bye": (
            "Au revoir.",
            "Goodbye.",
        ),
        "bye_kept": (
            "Au revoir. {count} message(s) gardé(s) sur cet appareil partiront à la prochaine connexion.",
            "Goodbye. {count} message(s) kept on this device will go out the next time.",
        ),
        "help": (
            "/fils — les conversations\n"
            "/ouvrir N — ouvrir la conversation N\n"
            "/suivi — où en est chaque conversation\n"
            "/ecrire — écrire à quelqu’un pour la première fois\n"
            "/proposer — proposer de lever l’anonymat\n"
            "/carte — consentir à montrer votre carte\n"
            "/retirer — retirer ce consentement\n"
            "/cartes — les cartes révélées\n"
            "/mots — les douze mots à comparer de vive voix\n"
            "/fermer, /rouvrir — la conversation ouverte\n"
            "/bloquer, /debloquer — l’autre côté, sans qu’il le sache\n"
            "/note TEXTE — une note pour vos collègues seulement\n"
            "/sieges — les demandes de siège\n"
            "/quitter — fermer (ou Ctrl-D)\n"
            "Tout le reste est envoyé dans la conversation ouverte.",
            "/threads — the conversations\n"
            "/open N — open conversation N\n"
            "/board — how far each conversation came\n"
            "/write — write to somebody for the first time\n"
            "/propose — propose to show identities\n"
            "/card — consent to show your card\n"
            "/withdraw — withdraw that consent\n"
            "/cards — the cards that were revealed\n"
            "/words — the twelve words to compare by phone\n"
            "/close, /reopen — the open conversation\n"
            "/block, /unblock — the other side, without its knowing\n"
            "/note TEXT — a note for your colleagues only\n"
            "/seats — who asks for a seat\n"
            "/quit — leave (or Ctrl-D)\n"
            "Everything else is sent in the open conversation.",
        ),
        "unknown_command": (
            "Commande inconnue. /aide liste celles qui existent.",
            "Unknown command. /help lists those that exist.",
        ),
        "and": (
            " et ",
            " and ",
        ),
        "yes": (
            "oui",
            "yes",
        ),
        "alarm": (
            "⚠ Alerte\u00a0: {reason}. N’écrivez plus rien avant d’avoir prévenu la plateforme.",
            "⚠ Alarm: {reason}. Write nothing more before you have told the platform.",
        ),
        "lost": (
            "({count} événement(s) non affiché(s)\u202f; les conversations contiennent tout)",
            "({count} event(s) not shown; the conversations hold everything)",
        ),
    }
)
