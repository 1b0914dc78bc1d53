"""What the transcript says around and between the scenarios."""

from types import MappingProxyType
from typing import Final

from messaging.domain.vocabulary import Role

TITLE: Final = "Pli : des conversations, vues par leurs participants et par la base de données"
FICTION: Final = (
    "Personnes, communes et numéros sont fictifs. Tout passe par de vraies connexions au vrai service ; chaque ✓ est "
    "une promesse vérifiée à l’instant."
)
DATABASE: Final = "La base de données"
PLATFORM: Final = "La plateforme"
NOTHING: Final = "(rien)"
STORED: Final = "fil {thread}…, n° {seq}, {kind}, {size} octets : … {end}"

FAILED: Final = "✗ Cette étape n’a pas tenu ({scenario}) : {what}"
UNEXPECTED: Final = "le SDK a répondu {error}"
ENDING: Final = "Scénarios joués : {scenarios}. Promesses vérifiées : {checks}. Toutes ont tenu."
STAYING: Final = "Le service reste ouvert sur {url} (données : {folder}). Ctrl-C l’arrête."
TAKE_THEIR_PLACE: Final = "Dans deux autres terminaux, prenez leur place :"
IN_A_BROWSER: Final = "Dans un navigateur, chaque entrée en un clic :"
LISTING: Final = "L’annonce et le widget"
DOORS: Final = MappingProxyType(
    {
        "martine": "La secrétaire",
        "yves": "Le maire",
        "mona": "La modératrice",
        "noe": "Le second modérateur",
    }
)
MAILS: Final = "Les courriels reçus"
FIGURES: Final = "Les chiffres"
NOT_BUILT: Final = "Pour tout voir aussi dans un navigateur : « make web », puis relancez la démonstration."

SEAT_REQUEST: Final = "la demande de siège, avec les mêmes douze mots"
CARDS: Final = "les cartes"
EVENTS: Final = "les événements de la relation"
NEVER_CAME: Final = "jamais arrivé : {what}"
NOT_IN_ANY_FILE: Final = "le texte n’est dans aucun fichier du service"
SEARCHING: Final = "On cherche tout ce qui s’est dit dans tout ce que le service a écrit"
CONTROL_IS_FOUND: Final = "la recherche trouve bien ce qui est écrit (témoin)"
NOT_FOUND: Final = "rien de ce qui s’est dit n’est lisible"
SEARCHED: Final = (
    "{count} textes, champs de cartes et codes cherchés dans {files} fichiers, en clair, en hexadécimal et en base64 : "
    "introuvables"
)
SEALED_CARD: Final = "une carte scellée et la moitié de sa clé, scellée elle aussi : l’autre moitié est dedans"
CARD: Final = "carte de l’interlocuteur : {fields} (attesté)"

CONSENT_TEXT: Final = (
    "J’accepte que les champs choisis de ma carte soient montrés à mon interlocuteur, si lui aussi y consent. "
    "Je peux retirer cet accord tant que rien n’est montré ; ensuite, ce qui a été vu reste vu."
)

ROLES: Final = MappingProxyType(
    {
        Role.MAYOR: "maire",
        Role.DEPUTY: "adjoint",
        Role.AGENT: "agent",
        Role.HOLDER: "porteur du projet",
        Role.CO_HOLDER: "co-porteur du projet",
        Role.FACILITATOR: "facilitateur",
        Role.MODERATOR: "modérateur",
    }
)
