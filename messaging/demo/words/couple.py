"""Two holders of one project."""

from typing import Final

TITLE: Final = "Un couple, deux cartes"
PROMISE: Final = (
    "Deux personnes portent un projet, chacune avec sa carte. L’une se montre, l’autre pas encore ; puis elle aussi ; "
    "et le jour où le couple se sépare, ce qui a été vu reste vu, et rien de nouveau n’est lu."
)

MOVES_IN: Final = "Le couple s’installe : deux sièges dans une même boîte"
WORDS_COMPARED: Final = "douze mots comparés : {words}…"
BOTH_SEATED: Final = "deux sièges, une seule boîte ; la mairie ne saura pas combien ils sont"

WRITES: Final = "La vétérinaire écrit au village ; son conjoint lit aussi"
FIRST: Final = "Bonjour, nous cherchons où ouvrir une clinique vétérinaire. Y a-t-il une place à l’école du village ?"
BY_MY_SPOUSE: Final = "écrit par l’autre siège : "
FROM_THE_PROJECT: Final = "le projet : "
SPOUSE_IS_UNSEEN: Final = "le conjoint sait qui a écrit ; la mairie ne voit qu’un projet"

ONE_REVEALS: Final = "La vétérinaire et la maire se montrent ; le conjoint, non"
TWO_CARDS_ONLY: Final = "deux cartes sont apparues ; aucune n’est celle du conjoint"
SPOUSE_SEES_TOO: Final = "le conjoint voit les cartes sans avoir montré la sienne"

OTHER_REVEALS: Final = "Plus tard, le conjoint montre son nom et son métier, pas son numéro"
LATE_CARD_ALONE: Final = "sa carte apparaît seule, aussitôt, avec les seuls champs qu’il a choisis"

SEPARATION: Final = "Le couple se sépare : la vétérinaire retire le siège de son conjoint"
SEAT_ENDED: Final = "« Votre siège a été retiré. » Sa boîte et ses conversations se ferment."
AFTER: Final = "Bonjour Madame la Maire, je poursuis seule ; le projet de clinique reste le même."
READS_NOTHING_NEW: Final = "l’ancien conjoint ne lit rien de ce qui suit"
SEEN_STAYS_SEEN: Final = "ce qui a été montré reste montré : la maire voit toujours les trois cartes"
