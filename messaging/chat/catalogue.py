"""Everything that `pli chat` says: French first, English second. A test holds their typography and placeholders."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Language(StrEnum):
    FRENCH = "fr"
    ENGLISH = "en"


_TEXTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
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
        "telltale": (
            "Votre message contient {what}, alors que vous êtes encore anonyme. L’envoyer quand même\u202f? (oui/non) ",
            "Your message holds {what} while you are still anonymous. Send it all the same? (yes/no) ",
        ),
        "telltale_phone": (
            "un numéro de téléphone",
            "a phone number",
        ),
        "telltale_email": (
            "une adresse électronique",
            "an e-mail address",
        ),
        "telltale_url": (
            "une adresse de site",
            "a web address",
        ),
        "telltale_name": (
            "votre nom",
            "your name",
        ),
        "and": (
            " et ",
            " and ",
        ),
        "yes": (
            "oui",
            "yes",
        ),
        "not_sent": (
            "(rien n’a été envoyé)",
            "(nothing was sent)",
        ),
        "card_fields": (
            "Votre carte\u00a0:",
            "Your card:",
        ),
        "field_line": (
            "  {number}. {field}\u00a0: {value}",
            "  {number}. {field}: {value}",
        ),
        "field_name": (
            "nom",
            "name",
        ),
        "field_role": (
            "fonction",
            "role",
        ),
        "field_organisation": (
            "organisation",
            "organisation",
        ),
        "field_phone": (
            "téléphone",
            "phone",
        ),
        "field_email": (
            "courriel",
            "e-mail",
        ),
        "which_fields": (
            "Que montrer\u202f? (numéros, par exemple 1 2\u202f; rien pour annuler) ",
            "What to show? (numbers, 1 2 for example; nothing to cancel) ",
        ),
        "consent_text": (
            "J’accepte que les éléments choisis de ma carte soient montrés à mon interlocuteur, si lui "
            "aussi y consent. Je peux retirer cet accord tant que rien n’est montré\u202f; ensuite, ce "
            "qui a été vu reste vu.",
            "I agree that the chosen fields of my card are shown to the other side if it consents as "
            "well. I can withdraw as long as nothing is shown; after that, what was seen stays seen.",
        ),
        "agree": (
            "Vous êtes d’accord\u202f? (oui/non) ",
            "Do you agree? (yes/no) ",
        ),
        "consented": (
            "(accord enregistré. Rien n’est montré tant que l’autre côté n’a pas consenti.)",
            "(consent recorded. Nothing is shown until the other side has consented.)",
        ),
        "consented_shown": (
            "(accord enregistré. Votre carte est montrée.)",
            "(consent recorded. Your card is shown.)",
        ),
        "no_consent": (
            "(aucun accord donné)",
            "(no consent was given)",
        ),
        "withdrawn": (
            "(accord retiré)",
            "(consent withdrawn)",
        ),
        "seen_stays_seen": (
            "(accord retiré pour la suite\u202f; ce qui a été vu reste vu)",
            "(consent withdrawn for later; what was seen stays seen)",
        ),
        "nothing_to_withdraw": (
            "Vous n’avez pas d’accord en cours dans cette conversation.",
            "You have no consent in this conversation.",
        ),
        "released": (
            "★ Les deux côtés ont consenti\u00a0:",
            "★ Both sides consented:",
        ),
        "card_line": (
            "  {whose}\u00a0: {fields} ({attested})",
            "  {whose}: {fields} ({attested})",
        ),
        "own_card": (
            "votre côté",
            "your side",
        ),
        "peer_card": (
            "en face",
            "the other side",
        ),
        "attested": (
            "attesté par la plateforme",
            "attested by the platform",
        ),
        "declared": (
            "déclaré",
            "declared",
        ),
        "compare_words": (
            "Rien n’atteste cette carte\u00a0: comparez vos douze mots de vive voix (/mots).",
            "Nothing attests this card: compare your twelve words by phone (/words).",
        ),
        "no_cards": (
            "Aucune carte n’est montrée.",
            "No card is shown.",
        ),
        "words": (
            "{words}",
            "{words}",
        ),
        "words_advice": (
            "Si ces mots sont les mêmes chez votre interlocuteur, personne ne s’est glissé entre vous.",
            "If these words are the same on the other side, nobody stands between you.",
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
        "alarm": (
            "⚠ Alerte\u00a0: {reason}. N’écrivez plus rien avant d’avoir prévenu la plateforme.",
            "⚠ Alarm: {reason}. Write nothing more before you have told the platform.",
        ),
        "lost": (
            "({count} événement(s) non affiché(s)\u202f; les conversations contiennent tout)",
            "({count} event(s) not shown; the conversations hold everything)",
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
        "asked": (
            "propose de lever l’anonymat. (/carte pour consentir)",
            "proposes to show identities. (/card to consent)",
        ),
        "closed": (
            "a fermé la conversation",
            "closed the conversation",
        ),
        "reopened": (
            "a rouvert la conversation",
            "reopened the conversation",
        ),
        "closed_mark": (
            " [fermée]",
            " [closed]",
        ),
        "blocked_mark": (
            " [bloquée]",
            " [blocked]",
        ),
        "closing_reasons": (
            "Pourquoi fermer cette conversation\u202f?",
            "Why close this conversation?",
        ),
        "which_reason": (
            "Numéro (rien pour annuler)\u00a0: ",
            "Number (nothing to cancel): ",
        ),
        "not_closed": (
            "(la conversation reste ouverte)",
            "(the conversation stays open)",
        ),
        "tell_reason": (
            "Dire pourquoi à l’autre côté\u202f? (oui/non) ",
            "Tell the other side why? (yes/no) ",
        ),
        "block_sure": (
            "Bloquer\u202f? Vous ne verrez plus rien de cette conversation, et l’autre côté n’en saura "
            "rien. (oui/non) ",
            "Block? You will see nothing of this conversation any more, and the other side will not know. (yes/no) ",
        ),
        "blocked": (
            "(conversation bloquée\u202f; /debloquer la rend)",
            "(conversation blocked; /unblock brings it back)",
        ),
        "unblocked": (
            "(conversation débloquée)",
            "(conversation unblocked)",
        ),
        "reason_filled": (
            "poste pourvu",
            "filled",
        ),
        "reason_project_abandoned": (
            "projet abandonné",
            "project abandoned",
        ),
        "reason_need_gone": (
            "besoin disparu",
            "need gone",
        ),
        "reason_housing": (
            "logement",
            "housing",
        ),
        "reason_spouse_job": (
            "emploi du conjoint",
            "spouse’s job",
        ),
        "reason_school": (
            "école",
            "school",
        ),
        "reason_premises": (
            "locaux",
            "premises",
        ),
        "reason_financing": (
            "financement",
            "financing",
        ),
        "reason_no_answer": (
            "sans réponse",
            "no answer",
        ),
        "reason_after_visit": (
            "après une visite",
            "after a visit",
        ),
        "reason_team_change": (
            "changement d’équipe",
            "change of team",
        ),
        "reason_abuse": (
            "abus",
            "abuse",
        ),
        "reason_other": (
            "autre",
            "other",
        ),
    }
)


class Texts:
    """One language's texts, by name."""

    def __init__(self, language: Language) -> None:
        self._index = list(Language).index(language)

    def __call__(self, text: str, /, **values: object) -> str:
        return _TEXTS[text][self._index].format(**values)


NAMES: Final = frozenset(_TEXTS)
COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "aide": "help",
        "fils": "threads",
        "ouvrir": "open",
        "ecrire": "write",
        "écrire": "write",
        "carte": "card",
        "proposer": "propose",
        "fermer": "close",
        "rouvrir": "reopen",
        "bloquer": "block",
        "debloquer": "unblock",
        "débloquer": "unblock",
        "retirer": "withdraw",
        "cartes": "cards",
        "mots": "words",
        "note": "note",
        "sieges": "seats",
        "sièges": "seats",
        "quitter": "quit",
    }
)
"""French commands by their English names, which work in both languages."""
