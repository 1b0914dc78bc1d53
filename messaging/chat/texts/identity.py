"""What is said of who people are: what gives them away, their cards, consent, and the words to compare."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

TEXTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
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
    }
)
