"""A refusal that looks like silence."""

from typing import Final

TITLE: Final = "Un refus qui ressemble au silence"
PROMISE: Final = (
    "Une infirmière écrit à deux communes et consent à se montrer aux deux. L’une n’ouvre jamais sa messagerie ; "
    "l’autre lit, réfléchit et refuse. Rien de ce que l’infirmière reçoit ne les distingue."
)

WRITES: Final = "L’infirmière écrit aux deux communes, et consent à montrer sa carte"
FIRST: Final = "Bonjour, je suis infirmière et je cherche où m’installer. Votre maison de santé recrute-t-elle ?"
CONSENTS: Final = "accord donné aux deux communes"
TWO_CARDS: Final = "deux cartes scellées ; chacune attend l’accord de sa commune"

REFUSES: Final = "Une mairie n’ouvre rien ; l’autre lit la demande, et refuse"
READS: Final = "lit : "
DECIDES: Final = "ouvre « Montrer ma carte ? », choisit « Non », et bloque la conversation"
HIDDEN: Final = "la conversation est masquée pour toute la mairie"
DECISION_IS_SEALED: Final = "une entrée scellée du journal privé de la mairie : ni le refus ni le blocage ne s’y lisent"

WRITES_AGAIN: Final = "L’infirmière relance les deux, se déconnecte et revient"
AGAIN: Final = "Je me permets de revenir vers vous : avez-vous pu regarder ma proposition ?"
BOTH_ARE_TAKEN: Final = "les deux relances sont acceptées, et confirmées de la même façon"

COMPARED: Final = "Les deux conversations, telles que l’infirmière les voit"
SILENT_ONE: Final = "La commune qui n’a rien ouvert"
REFUSING_ONE: Final = "La commune qui a refusé"
PEER: Final = "{group}, {area} (vérifié)"
OWN: Final = "vous : « {text} »"
UNREAD: Final = "pas encore lu"
READ: Final = "lu"
CARD_WAITS: Final = "votre carte : accord donné, en attente"
CARD_OTHER: Final = "votre carte : {state}"
NO_CARD: Final = "sa carte : aucune"
CARDS: Final = "sa carte : {cards}"
SAME_SCREEN: Final = "les deux écrans sont identiques"
SAME_BYTES: Final = (
    "sur sa ligne, {count} réponses du service pour chaque conversation, identiques à l’octet près (hors identifiants "
    "tirés au sort, octets scellés et heures)"
)
SAME_EVENTS: Final = "la plateforme non plus ne voit pas de différence : mêmes événements pour les deux relations"
