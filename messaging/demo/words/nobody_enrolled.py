"""A first message to a village where nobody is enrolled yet."""

from typing import Final

TITLE: Final = "Personne n’est encore inscrit"
PROMISE: Final = (
    "La plateforme montre une commune dont la mairie ne s’est jamais inscrite. Le premier message reste scellé chez "
    "qui l’écrit ; la plateforme apprend qu’une commune est attendue, sans savoir par qui ; le jour où la mairie "
    "s’inscrit, le message part."
)

WRITES: Final = "Un kinésithérapeute écrit à une commune où personne ne peut encore lire"
FIRST: Final = "Bonjour, je suis kinésithérapeute. Votre commune aurait-elle un local pour un cabinet ?"
WAITS: Final = "« Personne ne peut encore recevoir ce message. Il attend sur votre appareil et partira de lui-même. »"
SEALED_AT_HOME: Final = "sur son appareil, {files} fichiers scellés : le texte n’y est pas lisible"
NOT_IN_THE_SERVICE: Final = "aucune conversation, aucun message : le service n’a rien reçu"
NOTHING_SENT: Final = "rien n’est parti : ni conversation, ni texte dans aucun fichier du service"
CLOSES: Final = "Il ferme l’application."

WANTED: Final = "La plateforme apprend qu’on attend cette commune, et pas qui l’attend"
THE_TARGET: Final = "c’est bien la commune, sous la référence que la plateforme a reçue en l’inscrivant"
NOT_BY_WHOM: Final = "Une date et cette référence : rien de plus, et une fois par jour au plus."

ENROLS: Final = "Prévenue par la plateforme, la mairie s’inscrit"
SEATED: Final = "la boîte de la mairie est fondée ; ses clés de contact sont publiées"

LEAVES: Final = "Le kinésithérapeute rouvre l’application : le message part de lui-même"
SENT: Final = "« Votre message est parti. »"
ARRIVED: Final = "le message écrit avant l’inscription est arrivé, le même, une seule fois"
NOTHING_WAITS: Final = "plus rien n’attend sur l’appareil"

ANSWERS: Final = "La secrétaire répond"
ANSWER: Final = (
    "Bonjour, nous venons de nous inscrire, et votre message nous attendait. Oui, l’ancienne école est libre."
)
