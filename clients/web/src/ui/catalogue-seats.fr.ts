/** The texts about opening and joining mailboxes, in French. */

export const seatsFr = {
  foundTitle: "Ouvrir la boîte",
  found: (kind: string) => `Votre ${kind} n’a pas encore de boîte. Vous serez son premier administrateur.`,
  foundGo: "Ouvrir la boîte",
  askTitle: "Rejoindre la boîte",
  ask: (kind: string) => `La boîte de votre ${kind} existe déjà. Un administrateur doit vous y admettre.`,
  askGo: "Demander à la rejoindre",
  wordsTitle: "Vos douze mots",
  wordsIntro:
    "Appelez un administrateur et lisez-lui ces douze mots. S’ils sont les mêmes sur son écran, il vous admet ; sinon, ne continuez pas.",
  wordsWait: "En attente de l’administrateur…",
  wordsAgain: "Les mots ont changé : recommencer",
  pendingTitle: "Quelqu’un demande à rejoindre la boîte",
  pending: (role: string) => `${role} demande une place.`,
  pendingIntro:
    "Au téléphone ou en personne, comparez ces douze mots avec ceux de son écran. Tous doivent être les mêmes.",
  pendingSame: "Les douze mots sont les mêmes",
  pendingAdmin: "En faire un administrateur",
  pendingGo: "Admettre",
  anewTitle: "La boîte recommence",
  anew: (kind: string) =>
    `La boîte de votre ${kind} a été remise à zéro par la plateforme, et recommence sans son histoire.`,
  anewWarning:
    "Ce qui y a été écrit jusqu’ici restera fermé : plus personne n’en a les clés. Continuez seulement si vous le savez par la plateforme ou par votre mairie, et non par cette page.",
  anewKnown: "On me l’a annoncé de vive voix ou par écrit",
  anewFound: "Ouvrir la boîte à nouveau",
  anewAccept: "Accepter et demander une place",
};
