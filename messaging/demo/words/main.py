"""The main scenario: a doctor, and a village that looks for one."""

from typing import Final

TITLE: Final = "Un médecin écrit à une commune"
PROMISE: Final = (
    "Un médecin écrit sans dire qui il est à une mairie hors ligne ; deux sièges lisent et répondent ; les deux côtés "
    "consentent, et les identités apparaissent ensemble."
)

REGISTERS: Final = "La plateforme inscrit un projet et une commune"
REGISTERED: Final = "{group}, {area}"
KEPT_OF_A_PARTY: Final = (
    "un identifiant tiré au sort, une empreinte de la référence, la présentation scellée ; pour les comptes : "
    "département {departement}, région {region}"
)

MOVES_IN: Final = "La mairie s’installe : deux sièges, deux fois six mots comparés de vive voix"
SAME_WORDS: Final = "les deux fois six mots sont les mêmes sur les deux écrans"
KEPT_OF_SEATS: Final = "des clés publiques, des signatures, la graine de la boîte scellée pour chaque siège"
CLOSES: Final = "La mairie ferme : ses deux sièges sont hors ligne."

WRITES: Final = "Un médecin écrit sans dire qui il est ; la mairie est hors ligne"
PEER: Final = "interlocuteur : {group}, {area}"
FIRST: Final = (
    "Bonjour, je suis médecin généraliste et votre annonce m’intéresse. Le cabinet serait-il libre au printemps ? "
    "Mon conjoint cherche aussi un poste dans la région."
)

READS: Final = "La secrétaire ouvre la boîte de la mairie"
NOBODY_NAMED: Final = "rien ne dit qui a écrit"
FROM: Final = "de : {group}, {area} (vérifié)"

ANSWERS: Final = "La secrétaire répond, et laisse une note au maire"
ANSWER_OF_SECRETARY: Final = "Bonjour Docteur, merci de votre message. Le cabinet est libre dès le 1er avril."
NOTE: Final = "Monsieur le Maire, pouvez-vous répondre pour le logement ? Je pense à la maison de l’ancienne poste."
WHICH_SEAT_IS_HIDDEN: Final = "le médecin ne sait pas quel siège a répondu"
THE_VILLAGE: Final = "la commune : "
PRIVATE_NOTE: Final = "note privée : "

MAYOR_ANSWERS: Final = "Le maire lit la note et répond depuis son siège"
THE_NOTE: Final = "la note"
NOTE_IS_WHOLE: Final = "la note est arrivée au maire, entière"
NOTE_IS_PRIVATE: Final = "le médecin n’en voit rien"
ANSWER_OF_MAYOR: Final = (
    "Bonjour, je suis l’élu en charge du dossier. Un logement communal de quatre pièces peut vous être réservé."
)
SEATS_LOOK_ALIKE: Final = "le médecin ne distingue pas les deux sièges"
COLLEAGUE_IS_KNOWN: Final = "la secrétaire voit que c’est le maire qui a écrit"
BY_A_COLLEAGUE: Final = "écrit par un collègue ({role}) : "

DOCTOR_CONSENTS: Final = "Le médecin consent à montrer sa carte ; personne d’autre ne le voit"
THANKS: Final = "C’est une belle nouvelle. Je propose que nous nous disions qui nous sommes."
TOWN_HALL_HEARD_NOTHING: Final = "la mairie n’a rien reçu"
NO_CARD_IS_SHOWN: Final = "aucune carte n’est montrée"
CONSENT_IS_KEPT: Final = "Votre accord est enregistré. Rien n’est montré pour l’instant."

MAYOR_CONSENTS: Final = "Le maire consent à son tour : les identités apparaissent ensemble"
ONE_EVENT: Final = "c’est un seul événement, le même des deux côtés"
BOTH_CARDS: Final = "chacun voit les deux cartes consenties"
ATTESTED: Final = "les deux cartes sont attestées par la plateforme"
NO_OTHER_CARD: Final = "aucune autre carte"

PLATFORM_LEARNS: Final = "Ce que la plateforme apprend : des relations, jamais des personnes"
EVENTS_IN_ORDER: Final = "les événements de la relation, dans l’ordre"
