/** Every text of the pages, in French. Narrow no-break space before ; ! ?, no-break space before : and inside « ». */

import type { CardField } from "../core/office.ts";
import { reasonsFr } from "./reasons.fr.ts";

const fields: Readonly<Record<CardField, string>> = {
  name: "Nom",
  role: "Fonction",
  organisation: "Organisme",
  phone: "Téléphone",
  email: "Courriel",
};

export const fr = {
  lang: "fr",
  name: "Pli",
  inbox: {
    title: "Messagerie",
    empty: "Aucune conversation pour l’instant.",
    emptyHint: "Quand quelqu’un vous écrira, la conversation apparaîtra ici.",
    search: "Rechercher dans les conversations",
    all: "Toutes",
    ours: "À nous de répondre",
    theirs: "En attente de réponse",
    hidden: "Masquées",
    boxes: "Boîtes",
    allBoxes: "Toutes les boîtes",
    noneFound: "Aucune conversation ne correspond.",
    unread: "Non lu",
    draft: "Brouillon",
    youWrote: "Vous",
    unknownContent: "Contenu d’une version plus récente",
    waiting: "Premier message en attente",
    waitingHint: "Personne ne peut encore le recevoir. Il est gardé sur cet appareil et partira de lui-même.",
    cancel: "Reprendre ce message",
    settings: "Réglages",
    board: "Suivi",
    back: "Retour aux conversations",
    signIn: "Pour ouvrir votre messagerie, connectez-vous sur la plateforme.",
    signInGo: "Se connecter",
    choose: "Choisissez une conversation.",
    inMessages: "Dans les messages",
    found: (count: number): string =>
      count === 0 ? "Aucun message trouvé." : count === 1 ? "Un message trouvé." : `${count} messages trouvés.`,
    moreFound: "Il y en a d’autres : précisez votre recherche.",
    between: (one: string, other: string): string => `${one} et ${other}`,
    absent: "Cette conversation n’est pas dans votre messagerie.",
    oursSince: (since: string) => `À nous de répondre, ${since}`,
    theirsSince: (since: string) => `À eux de répondre, ${since}`,
  },
  status: {
    connecting: "Connexion…",
    offline: "Hors connexion. Ce que vous écrivez est gardé et partira de lui-même.",
    reading: "Lecture des messages…",
    signIn: "Votre session a expiré. Reconnectez-vous pour envoyer et recevoir ; ce que vous avez écrit est gardé ici.",
  },
  thread: {
    verified: "vérifié par la plateforme",
    notRead: "Lecture et vérification de la conversation…",
    encrypted: "Chiffré de bout en bout. Vos identités restent cachées tant que les deux côtés n’ont pas consenti.",
    encryptedRevealed: "Chiffré de bout en bout.",
    you: "Vous",
    colleague: (role: string) => role,
    onItsWay: "En route…",
    kept: "Gardé, partira dès que possible",
    sent: "Envoyé",
    seen: "Lu",
    unknown: "Ce contenu vient d’une version plus récente ; il ne peut pas s’afficher ici.",
    refused: "Un élément n’a pas pu être vérifié ; il n’est pas affiché.",
    stopped: "Cette conversation ne se vérifie plus : rien de nouveau n’est affiché. Prévenez la plateforme.",
    asked: (own: boolean): string =>
      own ? "Vous avez proposé d’échanger vos identités." : "L’autre côté propose d’échanger vos identités.",
    closed: (own: boolean): string =>
      own ? "Vous avez clos la conversation." : "L’autre côté a clos la conversation.",
    closedBecause: (reason: string) => `Raison : ${reason}.`,
    reopened: (own: boolean): string =>
      own ? "Vous avez rouvert la conversation." : "L’autre côté a rouvert la conversation.",
    step: (own: boolean, what: string): string => `${own ? "Vous" : "L’autre côté"} : ${what}.`,
    steps: {
      meeting_proposed: "proposition de rencontre",
      meeting_confirmed: "rencontre acceptée",
      meeting_held: "la rencontre a eu lieu",
      visited: "la visite a eu lieu",
      offer_proposed: "une offre est faite",
      offer_accepted: "offre acceptée",
      offer_declined: "offre déclinée",
      installed: "le projet est installé",
    },
    unknownStep: "une étape que cette version ne connaît pas",
    invited: (own: boolean, who: string, history: boolean): string => {
      const reach = history ? "toute la conversation depuis le début" : "la suite de la conversation";
      return own
        ? `Vous proposez d’inviter ${who}, qui lirait ${reach} et y écrirait.`
        : `L’autre côté propose d’inviter ${who}, qui lirait ${reach} et y écrirait.`;
    },
    joined: (who: string): string =>
      `${who} lit désormais cette conversation et peut y écrire, avec l’accord des deux côtés. Les cartes d’identité ne lui sont pas montrées.`,
    left: "Le tiers a quitté la conversation et ne lit rien de la suite.",
    third: "Tiers",
    reset: (own: boolean): string =>
      own
        ? "Votre côté recommence avec de nouvelles clés."
        : "L’autre côté recommence, peut-être avec d’autres personnes : il n’est plus identifié.",
    peerAnew: "n’est plus identifié",
    closedToUs: "Un élément dont personne de votre côté n’a plus la clé.",
    silence: {
      awaitsReset:
        "Votre boîte a recommencé. Vous pourrez écrire ici dès que la plateforme l’aura attesté dans cette conversation.",
      peerBeginsAnew:
        "L’autre côté recommence, peut-être avec d’autres personnes. Vous pourrez écrire dès qu’il aura repris la conversation.",
    },
    froze: (frozen: boolean): string =>
      frozen
        ? "La modération a suspendu cette conversation : plus personne ne peut y écrire."
        : "La suspension de cette conversation a pris fin.",
    restored: "Le service a été rétabli depuis une sauvegarde ; des messages récents ont pu être perdus.",
    revealed: "Les identités sont échangées",
    revealedHint: "Les deux côtés ont consenti. Les cartes sont apparues au même moment des deux côtés.",
    theirCard: "Sa carte",
    yourCard: "Votre carte",
    attested: "attesté",
    /** What the platform vouches for, by the name of its claim; others say nothing to people. */
    claims: { title: "Titre", profession: "Profession", insee: "Code Insee", siren: "Numéro Siren" },
    declared: "déclaré",
    unattested: "La plateforme n’atteste rien de cette carte : tout y est déclaré.",
    words: "Mots de contrôle",
    wordsHint: "Lisez-les ensemble au téléphone : s’ils diffèrent, quelqu’un s’est interposé.",
    more: "Actions",
    report: "Signaler",
    cases: "Signalements",
    close: "Clore la conversation",
    reopen: "Rouvrir la conversation",
    hide: "Bloquer",
    unhide: "Ne plus bloquer",
    hideHint: "L’autre côté n’en saura rien : ses messages arriveront sans être lus.",
    said: "Messages",
    older: "Messages précédents",
    latest: "Derniers messages",
    today: "Aujourd’hui",
    yesterday: "Hier",
  },
  composer: {
    label: "Votre message",
    placeholder: "Écrire un message",
    answering: "Une autre personne de votre côté est en train de répondre.",
    send: "Envoyer",
    tooLong: "Ce message est trop long ; partagez-le.",
    attach: "Joindre (bientôt)",
    guard: {
      phone: "Ce message semble contenir un numéro de téléphone.",
      email: "Ce message semble contenir une adresse électronique.",
      url: "Ce message semble contenir une adresse web.",
      card: "Ce message contient un élément de votre carte.",
      hint: "Vous pouvez l’envoyer ; l’autre côté pourrait alors vous reconnaître avant l’échange des identités.",
    },
  },
  colleagues: {
    title: "Entre collègues",
    private: "Visible de vos collègues seulement.",
    assigned: "Qui répond",
    nobody: "Personne en particulier",
    note: "Note privée",
    addNote: "Ajouter la note",
    you: "vous",
    roles: {
      mayor: "Maire",
      deputy: "Adjoint",
      agent: "Secrétariat",
      holder: "Porteur du projet",
      co_holder: "Co-porteur",
      facilitator: "Facilitateur",
      moderator: "Modération",
      kit: "Trousse de secours",
    } as Readonly<Record<string, string>>,
  },
  consent: {
    propose: "Échanger les identités",
    banner: "Prêts à vous faire connaître ?",
    bannerHint: "Rien n’est montré tant que l’autre côté n’a pas consenti aussi.",
    bannerAsked: "L’autre côté propose d’échanger vos identités.",
    askFirst: "Le proposer d’abord",
    fields,
    cancel: "Annuler",
    waiting: "Vous avez consenti. Votre carte attend, illisible pour tous, que l’autre côté consente aussi.",
    withdraw: "Me raviser",
    withdrawn: "Votre consentement est retiré ; votre carte est détruite.",
  },
  closing: {
    title: "Clore la conversation",
    hint: "L’autre côté saura que vous la fermez. Vous pourrez la rouvrir.",
    reason: "Raison (pour les statistiques)",
    tell: "Dire aussi la raison à l’autre côté",
    confirm: "Clore",
    reasons: reasonsFr,
  },
  first: {
    codeTitle: "Votre code de secours",
    needTitle: "Un nouvel appareil",
  },
  seats: {
    unsound: "La liste des personnes de cette boîte ne se vérifie pas. N’écrivez rien et prévenez la plateforme.",
    none: "La plateforme ne vous attribue aucune boîte.",
    kinds: {
      territory: "collectivité",
      project: "projet",
      partner: "structure",
      moderation: "modération",
    } as Readonly<Record<string, string>>,
  },
  asThird: {
    title: "En tiers",
    hint: "Les deux côtés vous ont invité ; leurs cartes d’identité ne vous sont pas montrées.",
    asked: (who: string) => `${who} propose d’échanger les identités.`,
    closed: (who: string) => `${who} a clos la conversation.`,
    reopened: (who: string) => `${who} a rouvert la conversation.`,
    reset: (who: string) => `${who} recommence avec de nouvelles clés, peut-être avec d’autres personnes.`,
    invited: (who: string, whom: string) => `${who} a proposé d’inviter ${whom}.`,
    step: (who: string, what: string) => `${who} : ${what}.`,
    released: "Les deux côtés ont échangé leurs identités. Leurs cartes ne vous sont pas montrées.",
  },
  guest: {
    invite: "Inviter un tiers",
    end: "Mettre fin à la présence du tiers",
    wordsHint: "À comparer à trois, au téléphone : s’ils diffèrent, quelqu’un s’est interposé.",
  },
  ended: {
    signedOut: "Vous êtes déconnecté.",
    title: "La messagerie s’est arrêtée",
    signIn: "Votre session a expiré. Reconnectez-vous depuis la plateforme.",
    again: "Se reconnecter",
    revoked: "La plateforme a mis fin à votre accès.",
    other: "Rechargez la page. Si cela recommence, prévenez la plateforme.",
    unreachable: "Le service ne répond pas. Vérifiez votre connexion, puis rechargez la page.",
    reload: "Recharger",
  },
  failed: {
    too_many: "Vous avez atteint la limite du jour. Réessayez demain.",
    frozen: "La modération a suspendu cette conversation.",
    suspended:
      "La modération a suspendu votre messagerie : vous pouvez lire, pas écrire. Les motifs et la voie de recours vous ont été adressés.",
    too_large: "Ce message est trop long ; partagez-le.",
    conflict: "L’état de la conversation a changé entre-temps.",
    ResetAwaited: "Votre boîte a recommencé ; la plateforme doit encore l’attester dans cette conversation.",
    PeerBeginsAnew: "L’autre côté recommence ; écrivez quand il aura repris la conversation.",
    WordsDiffer: "Les mots ne sont pas les mêmes : n’admettez personne.",
    WrongRecoveryCode: "Ce n’est pas le code de ce compte. Vérifiez chaque caractère.",
    ConsentElsewhere: "C’est un collègue qui a donné ce consentement ; lui seul peut le retirer.",
    TimedOut: "Le service n’a pas répondu à temps. Réessayez.",
    other: "Cela n’a pas abouti. Réessayez.",
    sendRefused: "Un message n’a pas été accepté :",
    rosterAlarm:
      "La liste des personnes d’une boîte a changé d’une façon qui ne se vérifie pas. Prévenez la plateforme.",
    authorAlarm:
      "Un message de votre côté n’a été écrit par aucune personne de la boîte. N’écrivez plus dans cette conversation et prévenez la plateforme.",
    vaultAlarm: "Votre coffre ne se vérifie plus. Prévenez la plateforme.",
    deviceForgotten: "Cet appareil a été écarté de votre compte.",
    seatEnded: "Vous n’avez plus de place dans cette boîte.",
    stayEnded: "Votre présence dans une conversation a pris fin.",
    copyRefused:
      "Ce que cet appareil gardait d’une conversation n’était pas intact : elle est relue depuis le service.",
    dismiss: "Fermer",
  } as Readonly<Record<string, string>> & { readonly other: string },
  widget: {
    title: "Écrire",
    intro: "Votre identité reste cachée tant que vous et l’autre côté n’avez pas consenti à l’échanger.",
    first: "Votre premier message",
    alone: "Cette page s’ouvre dans celles de la plateforme.",
    close: "Fermer",
    noToken: "La page ne vous a pas identifié. Connectez-vous sur la plateforme, puis réessayez.",
    again: "Réessayer",
  },
};

export type Catalogue = typeof fr;
