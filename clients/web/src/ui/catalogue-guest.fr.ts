/** The texts about third parties, in French. */

export const guestFr = {
  invite: "Inviter un tiers",
  intro:
    "Une tierce personne, un facilitateur par exemple, peut lire cette conversation et y écrire. Elle n’entre que si l’autre côté l’accepte aussi.",
  target: "Code de mise en relation du tiers",
  targetHint: "30 caractères, que la structure à inviter trouve dans ses réglages.",
  targetWrong: "Ce n’est pas un code de mise en relation complet : vérifiez chaque caractère.",
  history: "Lui laisser lire aussi ce qui a été écrit jusqu’ici",
  noCards: "Les cartes d’identité ne lui sont jamais montrées.",
  propose: "Proposer",
  cancel: "Annuler",
  proposed: (name: string) => `L’autre côté propose d’inviter : ${name}.`,
  verified: "Vérifié par la plateforme.",
  readsAll: "Ce tiers lirait toute la conversation, depuis son début, et pourrait y écrire.",
  readsOn: "Ce tiers lirait la suite de la conversation, rien de ce qui précède, et pourrait y écrire.",
  accept: "Accepter",
  decline: "Ne pas répondre",
  leave: "Quitter la conversation",
  leaveHint:
    "Vous ne pourrez plus la lire ni y écrire. Les deux côtés l’apprennent ; eux seuls peuvent vous inviter à nouveau.",
  leaveGo: "Quitter",
};
