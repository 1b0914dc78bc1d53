/** The texts about telling moderators something, and about where a case stands, in French. */

const messages = (count: number): string => (count === 1 ? "un de vos messages" : `${count} de vos messages`);

export const reportingFr = {
  telling: {
    titles: {
      report: "Signaler à la modération",
      answer: "Répondre à la modération",
      appeal: "Contester la décision",
    },
    sees: "La modération lira",
    seesMessages: "les messages que vous cochez, avec leur date et le côté qui les a écrits ;",
    seesWords: { report: "la raison et les mots que vous ajoutez ;", answer: "les mots que vous ajoutez ;" },
    seesPlaces: "que d’autres messages se trouvent juste à côté, sans ce qu’ils disent.",
    seesNot: "Elle ne lira pas",
    seesNotRest: "le reste de la conversation ;",
    seesNotCards: "les cartes d’identité, même échangées ;",
    seesNotNames:
      "qui vous êtes, ni qui est l’autre côté. Il faudrait que deux modérateurs le demandent par écrit, et vous en seriez informés tous les deux.",
    guess:
      "L’autre côté n’est pas prévenu et ne lira jamais vos mots. Mais si la modération l’interroge sur ses messages, il peut deviner qui l’a signalé : vous n’êtes que deux.",
    guessThree:
      "Les autres ne sont pas prévenus et ne liront jamais vos mots. Mais si la modération interroge l’un d’eux sur ses messages, il peut deviner qui l’a signalé : vous n’êtes que trois.",
    private: "L’autre côté ne lira pas ce que vous écrivez ici, et ne saura pas quels messages vous montrez.",
    refused:
      "La clé de la modération ne se vérifie pas : quelqu’un d’autre pourrait lire à sa place. Rien n’est envoyé d’ici. Prévenez la plateforme.",
    none: "Ce service n’a pas de modération pour l’instant. Prévenez la plateforme.",
    unknown:
      "Hors connexion. Ce que vous préparez est gardé sur cet appareil et ne part pas de lui-même : envoyez-le une fois reconnecté.",
    choose: { report: "Messages à montrer", answer: "Messages à montrer en plus (facultatif)" },
    chooseHint: "Ceux que vous ne cochez pas restent fermés.",
    older: "Messages précédents",
    tooMany: "C’est trop pour un seul envoi : 64 messages au plus, et qui se suivent d’assez près.",
    category: "De quoi s’agit-il ?",
    pick: "Choisissez une raison",
    about: "Qui signalez-vous ?",
    otherSide: "L’autre côté",
    opener: "Le côté qui a ouvert la conversation",
    opened: "Le côté à qui elle s’adressait",
    third: "Le tiers",
    words: {
      report: "Vos mots pour la modération (facultatif)",
      answer: "Votre réponse",
      appeal: "Pourquoi vous contestez",
    },
    tooLong: "Ce texte est trop long.",
    next: "Relire avant d’envoyer",
    preview: "Voici ce qui sera remis, et rien d’autre",
    reason: "Raison",
    yourWords: "Vos mots",
    noWords: "Aucun mot de votre part.",
    noMessages: "Aucun message.",
    closed: "Message fermé : la modération voit qu’il existe, pas ce qu’il dit.",
    closedCards: "Échange d’identités : les cartes restent fermées.",
    you: "Votre côté",
    sealed: "Scellé sur cet appareil : seule la modération peut l’ouvrir.",
    send: "Envoyer à la modération",
    change: "Modifier",
    cancel: "Annuler",
    failed: {
      offline:
        "Rien n’est parti : le service ne répond pas. Votre texte est gardé ici ; réessayez une fois reconnecté.",
      too_many: "Vous avez atteint la limite pour aujourd’hui. Votre texte est gardé ici.",
      conflict: "Ce n’est plus possible : le dossier est clos, ou le délai est passé.",
      not_found: "Ce n’est plus possible : la conversation n’est plus sur le service.",
      BadReport: "L’un de ces messages ne peut pas être montré. Choisissez-en d’autres.",
      other: "Rien n’est parti. Votre texte est gardé ici ; réessayez.",
    } as Readonly<Record<string, string>> & { readonly offline: string; readonly other: string },
    done: {
      report: "Votre signalement est reçu",
      answer: "Votre réponse est reçue",
      appeal: "Votre recours est reçu",
    },
    doneHint: {
      report: "La modération va l’examiner. Vous pouvez le suivre dans cette conversation et dans « Signalements ».",
      answer: "La modération va la lire avant de décider.",
      appeal: "Un autre modérateur va examiner la décision. Vous en lirez l’issue ici.",
    },
    receipt: (date: string, reference: string) => `Reçu le ${date}. Référence ${reference}.`,
    close: "Fermer",
    outside: "Signaler sans montrer de message",
  },
  cases: {
    title: "Signalements",
    intro: "Où en sont vos signalements, et ce que la modération vous demande ou vous fait savoir.",
    none: "Aucun signalement.",
    outside: "Signaler un contenu sans être dans la conversation",
    outsideHint: "Un formulaire public, sans compte.",
    sides: {
      reporter: "Votre signalement",
      accused: "La modération examine vos messages",
      unmasked: "La modération a regardé quelle est votre messagerie",
    } as Readonly<Record<string, string>>,
    asked: (count: number) => `La modération vous interroge sur ${messages(count)}.`,
    inQuestion: "Vos messages en question",
    never:
      "Vous ne saurez ni qui les a signalés, ni ce qui en a été dit. La modération ne lit que ce qu’on lui montre.",
    until: (date: string) => `Vous pouvez répondre jusqu’au ${date}. Ensuite, elle peut décider sans votre réponse.`,
    more: "Vous pouvez aussi lui montrer d’autres messages de cette conversation.",
    answer: "Répondre",
    answered: (count: number) => (count === 1 ? "Vous avez répondu." : `Vous avez répondu ${count} fois.`),
    appeal: "Contester cette décision",
    appealUntil: (date: string) => `Jusqu’au ${date}, sans frais : un autre modérateur l’examinera.`,
    reportedAt: (date: string) => `Signalé le ${date}`,
    toldAt: (date: string) => `Vous en êtes informé depuis le ${date}`,
    reference: (reference: string) => `Référence ${reference}`,
    shown: (count: number) => (count === 1 ? "Vous avez montré un message." : `Vous avez montré ${count} messages.`),
    steps: "Où en est le dossier",
    now: "étape actuelle",
    measure: (measure: string, until: string | null) =>
      until === null ? `Mesure : ${measure}.` : `Mesure : ${measure}, jusqu’au ${until}.`,
    reasons: "Motifs",
    reasonsAt: (date: string) => `Le ${date}`,
    see: "Voir le dossier",
    open: "Ouvrir la conversation",
    /** What is new, by side and step. */
    news: {
      reporter: {
        received: "Votre signalement est reçu.",
        in_review: "La modération examine votre signalement.",
        decided: "La modération a pris une décision sur votre signalement.",
        appealed: "Un recours est en cours d’examen.",
        upheld: "L’issue du recours est connue.",
        overturned: "L’issue du recours est connue.",
        closed: "Ce signalement est clos.",
      },
      accused: {
        in_review: "La modération examine vos messages.",
        decided: "La modération a pris une décision sur vos messages.",
        appealed: "Un recours est en cours d’examen.",
        upheld: "L’issue du recours est connue.",
        overturned: "L’issue du recours est connue.",
        closed: "Ce dossier est clos.",
      },
    } as Readonly<Record<string, Readonly<Record<string, string>>>>,
    unmaskedOwn: (date: string) =>
      `Le ${date}, deux modérateurs ont regardé quelle messagerie se trouve derrière votre pseudonyme dans cette conversation.`,
    unmaskedOther: (date: string) =>
      `Le ${date}, deux modérateurs ont regardé quelle messagerie se trouve derrière un autre pseudonyme de cette conversation.`,
    unmaskedHint: "Ils ont dû dire pourquoi ; c’est inscrit dans un journal que personne ne peut réécrire.",
  },
  stopped: {
    frozen: "La modération a suspendu cette conversation : chacun peut la relire, plus personne ne peut y écrire.",
    blocked:
      "La modération a bloqué ce contact : chacun peut relire la conversation, plus personne ne peut y écrire, et ces deux messageries ne peuvent pas en ouvrir une autre.",
    suspended: "La modération a suspendu votre messagerie : vous pouvez tout relire, mais pas écrire.",
    until: (date: string) => `Jusqu’au ${date}.`,
    why: "Lire les motifs, et comment contester",
    toSides: "Les motifs sont adressés aux deux côtés.",
    soon: "Les motifs vous sont adressés dans « Signalements ».",
  },
};
