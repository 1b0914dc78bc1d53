"""A handover after an election."""

from typing import Final

TITLE: Final = "La passation après l’élection"
PROMISE: Final = (
    "La boîte appartient à la mairie, pas au maire. Le maire sortant admet la nouvelle maire, qui lit tout "
    "l’historique et retire son siège ; il ne lit plus rien de nouveau, et le porteur de projet voit qui le lit "
    "désormais."
)

BEFORE: Final = "Avant l’élection : le maire et le porteur de projet se connaissent déjà"
FIRST: Final = "Bonjour, je cherche un bar-épicerie à rouvrir. Les murs sont-ils vraiment à la commune ?"
ANSWER: Final = "Bonjour, oui, et le logement au-dessus aussi. Venez voir quand vous voulez."
NOTE: Final = "Le notaire attend la délibération de juin."
THE_VILLAGE: Final = "la commune : "
NOTE_LEFT: Final = "note pour ses collègues : "

ELECTED: Final = "La nouvelle maire demande un siège ; le sortant compare les douze mots et l’admet"
WORDS_COMPARED: Final = "douze mots comparés : {words}…"
HISTORY: Final = "lit : "
READS_ALL: Final = "elle lit tout l’historique, la note et les cartes"

HANDED_OVER: Final = "Elle retire le siège du sortant"
SEAT_ENDED: Final = "« Votre siège a été retiré. » Sa boîte et ses conversations se ferment."
ONE_SEAT: Final = "il ne reste qu’un siège dans la boîte, le sien"
KEPT_OF_REMOVAL: Final = "un retrait signé, une nouvelle graine scellée pour elle seule, de nouvelles clés de contact"

GOES_ON: Final = "Le porteur de projet écrit encore"
QUESTION: Final = "Bonjour, je peux venir samedi. Qui me fera visiter ?"
NEW_ANSWER: Final = "Bonjour, je suis la nouvelle maire et je vous attends samedi à dix heures."
THE_PROJECT: Final = "le projet : "
OLD_READS_NOTHING: Final = "le sortant ne lit rien de nouveau"
CANNOT_WRITE: Final = "et ne peut plus écrire au nom de la mairie"
KEYS_RENEWED: Final = "avant ce premier message, les clés de la conversation ont été renouvelées (époque {epoch})"
UNSEEN: Final = "jusqu’ici, le porteur de projet n’a vu que des messages : un retrait ne se voit pas de l’autre côté"

WHO_READS: Final = "La nouvelle maire montre sa carte : le porteur de projet sait qui le lit"
CARD_ALONE: Final = "une seule carte apparaît, la sienne, attestée par la plateforme pour la nouvelle clé de la mairie"
OLD_CARD_STAYS: Final = "celle du sortant reste visible : ce qui a été vu reste vu"
