"""A lost phone."""

from typing import Final

TITLE: Final = "Le téléphone perdu"
PROMISE: Final = (
    "Un médecin perd son téléphone. Avec le code de récupération noté sur une feuille, un appareil neuf relit tout "
    "depuis le premier message ; l’ancien n’ouvre plus rien. Ce qui est perdu : rien."
)
PHONE: Final = "Téléphone"
LAPTOP: Final = "Ordinateur du cabinet"

TALKING: Final = "Un médecin et une mairie se parlent ; le médecin garde une note pour soi"
FIRST: Final = "Bonjour, je cherche un cabinet en montagne. Votre maison de santé a-t-elle encore un bureau libre ?"
ANSWER: Final = "Bonjour Docteur, oui, un bureau donne sur la vallée. Voulez-vous le plan ?"
NOTE: Final = "Demander si le logement est chauffé au bois."
THE_VILLAGE: Final = "la commune : "
OWN_NOTE: Final = "note pour soi : "
CODE_ON_PAPER: Final = "garde sur une feuille le code de récupération, montré une seule fois"

LOST: Final = "Le téléphone se perd ; la mairie écrit encore"
MEANWHILE: Final = "Voici les mesures : douze mètres carrés, deux fenêtres, un point d’eau."
NO_PHONE: Final = "(plus de téléphone)"

ANOTHER: Final = "Sur un ordinateur neuf : sans le code, rien ; avec le code, tout"
CODE_IS_NEEDED: Final = "« Cet appareil est nouveau : votre code de récupération l’ouvre. »"
NOTHING_WITHOUT: Final = "sans le code, rien ne s’ouvre"
READ_AGAIN: Final = "relit : "
ALL_IS_THERE: Final = "tout est là, du premier message à celui que le téléphone n’a jamais reçu"
NOTE_IS_THERE: Final = "la note aussi : rien n’est perdu"
KEPT_OF_DEVICES: Final = (
    "une clé de coffre scellée pour chaque appareil, et pour le code ; les noms d’appareils sont dedans"
)

FORGOTTEN: Final = "L’ordinateur retire le téléphone du compte ; qui l’a trouvé essaie"
DEVICES: Final = "mes appareils : {names}"
NEW_CODE: Final = "nouveau code de récupération, sur une nouvelle feuille"
FINDER: Final = "Qui a le téléphone"
OLD_PHONE_IS_REFUSED: Final = "le téléphone n’ouvre plus le compte"
OLD_CODE_IS_REFUSED: Final = "même avec l’ancienne feuille : l’ancien code n’ouvre plus rien"
ONE_DEVICE: Final = "il ne reste qu’un appareil, celui-ci"

GOES_ON: Final = "La conversation continue"
THANKS: Final = "Merci, j’ai tout retrouvé sur mon ordinateur. Le bureau me convient."
