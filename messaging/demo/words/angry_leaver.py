"""A colleague who leaves in anger."""

from typing import Final

TITLE: Final = "Le départ en colère"
PROMISE: Final = (
    "Un adjoint est retiré de la boîte de la mairie. Il garde sa connexion, ses clés et ses jetons : il ne lit et "
    "n’écrit plus rien. Même s’il volait la base de données, le renouvellement des clés mettrait fin à ce qu’il "
    "en ouvre."
)

TOGETHER: Final = "La maire et son adjoint lisent ensemble"
FIRST: Final = "Bonjour, je suis sage-femme. La pièce libre du cabinet partagé a-t-elle un point d’eau ?"
ANSWER: Final = "Bonjour, oui, et une entrée de plain-pied."
WRITTEN_BY_THE_DEPUTY: Final = "répond : "
THE_PROJECT: Final = "le projet : "

REMOVED: Final = "La maire retire son siège ; lui garde sa connexion et ses clés"
SEAT_ENDED: Final = "« Votre siège a été retiré. »"
TRIES: Final = "essaie quand même : écrire, lire la suite, voir les cartes, laisser une note, marquer comme lu"
WRITES: Final = "Vous allez regretter."
ALL_REFUSED: Final = "{count} essais sur la connexion gardée : tous refusés, comme si la conversation n’existait pas"
COMES_BACK: Final = "se reconnecte avec le même appareil et un nouveau jeton"
FINDS_NOTHING: Final = "il n’y trouve ni boîte ni conversation"

STOLEN: Final = "La sage-femme écrit ; l’adjoint n’en reçoit rien. Et s’il volait la base de données ?"
BEFORE_ROTATION: Final = "Merci. Puis-je visiter mardi prochain ?"
NOTHING_CAME: Final = "le service ne lui remet rien de ce message"
THIEF: Final = "L’adjoint, voleur"
OPENS: Final = "ouvre encore : "
OLD_KEYS_OPEN: Final = "c’est la limite, connue et dite : ce message est scellé avec les clés qu’il avait"

ROTATED: Final = "La maire répond : son client renouvelle d’abord les clés de la conversation"
NEW_ANSWER: Final = "Mardi à quatorze heures, avec plaisir. La clé est à la mairie."
AFTER_ROTATION: Final = "Parfait, à mardi. J’apporterai le plan."
ROTATION: Final = "époque {epoch} : une clé nouvelle, scellée pour des clés que l’adjoint n’a jamais eues"
OPENS_NOTHING_NEW: Final = "avec toutes ses clés et la base volée, il n’ouvre rien de ce qui suit"
OTHERS_READ: Final = "la maire et la sage-femme, elles, lisent tout"
