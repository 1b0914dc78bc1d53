/** The texts about alerts, in French. In the person's words an alert is « un avis ». */

import { pushFr } from "./push-text.ts";

export const alertsFr = {
  title: "Avis",
  intro:
    "Un avis vous dit que des messages vous attendent, et rien d’autre : ni qui écrit, ni de quoi il s’agit, ni combien.",
  rhythm:
    "Il part dix minutes après un message que personne de votre côté n’a lu, puis revient après 3, 9 et 21 jours tant qu’il attend. Jamais plus d’un par heure, ni plus de quatre par jour.",
  link: "Régler les avis",
  linkHint: "Par courriel, sur cet appareil, et à quelles heures.",
  push: pushFr,
  mail: {
    title: "Par courriel",
    none: "Ce service n’envoie pas de courriels. Vous pouvez recevoir des avis sur cet appareil.",
    address: "Votre adresse électronique",
    addressHint: "Elle n’est montrée à personne et ne sert qu’à ces avis.",
    save: "Enregistrer l’adresse",
    confirmed: (address: string) => `Les avis sont envoyés à ${address}.`,
    off: (address: string) => `Les avis à ${address} sont suspendus.`,
    pending: (address: string) =>
      `Nous venons d’écrire à ${address}. Ouvrez le lien de ce courriel pour confirmer l’adresse ; il est valable 24 heures.`,
    pendingBefore: (address: string) => `Jusque-là, les avis vont à ${address}.`,
    failing: (address: string, since: string) =>
      `Depuis le ${since}, les courriels à ${address} sont refusés : vous ne recevez plus d’avis. Corrigez l’adresse, ou enregistrez-la à nouveau.`,
    refused: (address: string) => `Le serveur de courriel ne connaît pas ${address}. Vérifiez l’adresse.`,
    malformed: "Cette adresse ne peut pas recevoir de courriel. Vérifiez-la.",
    tooMany: "Trop d’adresses ont été essayées aujourd’hui. Réessayez demain.",
    wanted: "Recevoir les avis par courriel",
    forget: "Oublier cette adresse",
    forgotten: "L’adresse est oubliée.",
  },
  quiet: {
    title: "Heures calmes",
    hint: "Pendant ce temps, aucun avis ne part ; il partira ensuite si le message attend encore.",
    on: "Ne pas me prévenir pendant ces heures",
    begins: "De",
    ends: "À",
    sundays: "Ni le dimanche",
    zone: "Fuseau horaire",
    save: "Enregistrer les heures",
    saved: "Les heures calmes sont enregistrées.",
    tooLong: "Gardez au moins deux heures par jour pendant lesquelles un avis peut partir.",
    zones: {
      "Europe/Paris": "France métropolitaine",
      "America/Guadeloupe": "Guadeloupe",
      "America/Martinique": "Martinique",
      "America/Cayenne": "Guyane",
      "Indian/Reunion": "La Réunion",
      "Indian/Mayotte": "Mayotte",
      "America/Miquelon": "Saint-Pierre-et-Miquelon",
      "Pacific/Noumea": "Nouvelle-Calédonie",
      "Pacific/Tahiti": "Tahiti",
    } as Readonly<Record<string, string>>,
  },
  device: {
    title: "Sur cet appareil",
    hint: "Une notification apparaît même quand la messagerie est fermée. Son texte est toujours le même.",
    off: "Les avis sont désactivés sur cet appareil.",
    on: "Les avis sont activés sur cet appareil.",
    turnOn: "Activer sur cet appareil",
    turnOff: "Désactiver sur cet appareil",
    denied:
      "Ce navigateur bloque les notifications de la messagerie. Autorisez-les dans les réglages du site, puis revenez ici.",
    unsupported:
      "Ce navigateur ne reçoit pas de notifications. Sur un iPhone ou un iPad, ajoutez d’abord la messagerie à l’écran d’accueil.",
    failed: "Ce navigateur n’a pas pu s’abonner aux notifications. Réessayez plus tard, ou choisissez le courriel.",
  },
  colleagues: {
    title: "Vos collègues",
    unreached: (role: string) =>
      `Les courriels d’avis n’atteignent plus un collègue (${role}). Dites-lui de corriger son adresse dans ses réglages.`,
    mark: "ne reçoit plus les courriels d’avis",
  },
  suggestion: {
    title: "Soyez prévenu quand on vous écrit",
    text: "Un courriel ou une notification vous dira qu’un message attend, sans rien en révéler.",
    go: "Régler les avis",
    later: "Plus tard",
  },
  opening: "Ouverture de la conversation…",
};
