"""A report, from the message to the outcome of an appeal."""

from typing import Final

from messaging.wire.moderation import InBoth

TITLE: Final = "Le recruteur : un signalement qui se prouve"
PROMISE: Final = (
    "Un recruteur se fait passer pour un médecin. La maire signale un message, et un seul ; une modératrice lit ce "
    "message et rien d’autre, suspend la conversation et donne ses motifs. Le recruteur répond et conteste : un autre "
    "modérateur tranche."
)

WRITES: Final = "Le « médecin » écrit, la maire répond, et l’offre change de nature"
FIRST: Final = "Bonjour, médecin généraliste, je cherche une commune où exercer."
ANSWER: Final = "Bonjour docteur, notre maison de santé vous attend !"
OFFER: Final = "En réalité j’ai trois médecins à vous proposer. Mes honoraires sont de 4 000 € par candidat."

REPORTS: Final = "La maire signale ce message à la modération"
TOLD_BEFORE: Final = (
    "avant d’envoyer, sa messagerie lui dit ce que la modération verra (ce message, qui l’a écrit, ses mots à elle) et "
    "ne verra pas (les autres messages, les identités) ; et qu’à deux, l’autre devine qui a signalé"
)
WORDS: Final = "Ce n’est pas un candidat : c’est un cabinet de recrutement."
KEY_IS_CERTIFIED: Final = "la clé de la modération est celle que la racine hors ligne certifie"
RECEIPT: Final = "reçu : son dossier est suivi, sans aucun nom de modérateur"
SEALED_REPORT: Final = "un signalement scellé de {size} octets : ni le message, ni les mots de la maire ne s’y lisent"
NOT_TOLD: Final = "le recruteur n’en sait rien : aucun dossier ne lui est montré"

READS: Final = "Une modératrice prend le dossier et l’ouvre"
PROVEN: Final = "n° {seq}, prouvé : « {text} »"
CLOSED: Final = "n° {seq}, fermé : ce message n’a pas été ouvert"
ONE_LINE: Final = "un seul message s’ouvre ; ses voisins restent fermés, et montrent que rien n’est coupé"
AUDITED: Final = "la lecture est inscrite au journal d’audit, preuve vérifiée avant l’affichage"
OTHERS_SEE_NOTHING: Final = "l’autre modérateur, sans ce dossier, n’en voit rien"

DECIDES: Final = "Elle suspend la conversation, et donne ses motifs"
RULE: Final = InBoth(
    fr="Article 4 des conditions d’utilisation : on se présente pour ce que l’on est.",
    en="Article 4 of the terms of use: one presents oneself as what one is.",
)
UNFILLED: Final = InBoth(fr="L’auteur se présente comme {{qualité}}.", en="The author claims to be {{claimed}}.")
FACTS: Final = InBoth(
    fr="L’auteur se présente comme médecin, puis propose des candidats contre honoraires.",
    en="The author claims to be a doctor, and then offers candidates for a fee.",
)
INCOMPLETE: Final = "un modèle à trous est refusé : rien n’est décidé tant qu’un blanc reste à remplir"
FROZEN: Final = "la conversation est suspendue pour les deux, et son journal le dit"
REFUSED: Final = "plus personne n’y écrit : l’envoi est refusé"
REASONS: Final = "reçoit : {text}"
OWN_MESSAGE: Final = "le recruteur voit lequel de ses messages est en cause, et pas les mots de la maire"

CONTESTS: Final = "Le recruteur répond, montre un autre message, et conteste"
EXPLAINS: Final = "Je suis réellement inscrit à l’ordre : relisez mon premier message."
APPEALS: Final = "Je conteste : je voulais seulement aider des confrères."
NOT_THE_SAME: Final = "celle qui a décidé ne peut pas reprendre le dossier"
ANOTHER: Final = "Un autre modérateur examine le recours"
OUTCOME: Final = InBoth(
    fr="Le premier message ne change rien à l’offre faite ensuite.",
    en="The first message changes nothing about the offer that was made then.",
)
UPHELD: Final = "décision confirmée, dite des deux côtés, avec la suite possible"
EVENTS: Final = "la plateforme apprend ce qui s’est passé, sans un mot de ce qui s’est dit"

AGAIN: Final = "Il recommence ailleurs, et la maire signale encore"
ADVANCE: Final = "Versez 900 € d’avance et je vous présente quelqu’un lundi."
AGAIN_WORDS: Final = "Il revient par une autre conversation, et demande de l’argent."
WAITS: Final = "un autre dossier attend dans la file des modérateurs : leur console le montre"
