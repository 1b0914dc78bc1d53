"""What people write in the demo. French, and invented."""

from types import MappingProxyType
from typing import Final

from messaging.domain.vocabulary import Role

FIRST: Final = (
    "Bonjour, je suis médecin généraliste et votre annonce m’intéresse. Le cabinet serait-il libre au printemps ? "
    "Mon conjoint cherche aussi un poste dans la région."
)
ANSWER_OF_SECRETARY: Final = "Bonjour Docteur, merci de votre message. Le cabinet est libre dès le 1er avril."
NOTE: Final = "Monsieur le Maire, pouvez-vous répondre pour le logement ? Je pense à la maison de l’ancienne poste."
ANSWER_OF_MAYOR: Final = (
    "Bonjour, je suis l’élu en charge du dossier. Un logement communal de quatre pièces peut vous être réservé."
)
THANKS: Final = "C’est une belle nouvelle. Je propose que nous nous disions qui nous sommes."

CONSENT_TEXT: Final = (
    "J’accepte que les champs choisis de ma carte soient montrés à mon interlocuteur, si lui aussi y consent. "
    "Je peux retirer cet accord tant que rien n’est montré ; ensuite, ce qui a été vu reste vu."
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
