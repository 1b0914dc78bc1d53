/** The texts about the recovery code, in French. */

export const firstFr = {
  codeIntro:
    "Ce code ouvre votre messagerie sur un nouvel appareil. Personne d’autre ne l’a, pas même le service : imprimez-le ou recopiez-le, et gardez-le en lieu sûr.",
  codeLost: "Sans lui, et sans cet appareil, vos messages ne pourraient plus être lus.",
  print: "Imprimer",
  copied: "J’ai gardé ce code en lieu sûr",
  go: "Continuer",
  kitTitle: "Trousse de secours Pli",
  kitAbout: "Ce papier ouvre la messagerie de la personne qui l’a imprimé. À garder sous clé.",
  kitDate: (date: string) => `Imprimé le ${date}`,
  needIntro:
    "Cet appareil ne connaît pas encore votre messagerie. Entrez votre code de secours pour lire vos messages.",
  needLabel: "Code de secours",
  needHint: "28 caractères, en groupes de quatre. Majuscules et tirets sont sans importance.",
  needWrong: "Ce n’est pas le code de ce compte. Vérifiez chaque caractère.",
  needGo: "Ouvrir",
  withoutTitle: "Je n’ai plus ce code",
  without:
    "Si un autre de vos appareils est encore ouvert, demandez-y un nouveau code dans les réglages. Sinon, un collègue qui administre la boîte peut vous y admettre à nouveau : il garde l’historique. Prévenez la plateforme, qui vous ouvrira un nouveau compte.",
};
