"""The town hall writes first."""

from typing import Final

TITLE: Final = "La mairie écrit la première"
PROMISE: Final = (
    "Une secrétaire de mairie lit un projet et lui écrit. Jusqu’à un double accord, chacune ne connaît de l’autre que "
    "sa présentation."
)

PUBLISHES: Final = "Une boulangère publie son projet, puis se déconnecte"
PRESENTATION: Final = "{group}, {area} (vérifié) : « {words} »"

WRITES: Final = "La secrétaire écrit la première"
FIRST: Final = (
    "Bonjour, notre village n’a plus de boulangerie et votre projet nous plaît. Seriez-vous prête à voir le fournil ?"
)
ADDRESSEE: Final = "interlocuteur : {group}, {area} (vérifié)"
ONLY_THE_PRESENTATION: Final = "la mairie ne connaît que la présentation du projet"

ANSWERS: Final = "La boulangère se reconnecte, lit et répond"
ANSWER: Final = "Bonjour, merci de m’avoir écrit. Je peux venir un lundi : quelle est la surface du fournil ?"
ONLY_ITS_PRESENTATION: Final = "la boulangère ne connaît que la présentation de la commune"
NOBODY_NAMED: Final = "aucun nom, aucun numéro, aucune carte d’un côté ni de l’autre"

PLATFORM_LEARNS: Final = "Ce que la plateforme apprend : c’est la commune qui a écrit la première"
BY_THE_TERRITORY: Final = "la relation compte comme sollicitée par un territoire"
ENGAGED: Final = "elle est engagée dès que les deux côtés ont écrit"
