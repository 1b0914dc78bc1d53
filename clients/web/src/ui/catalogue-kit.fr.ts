/** The texts about a mailbox's printed kit, in French. */

export const kitFr = {
  title: "Trousse de secours de la boîte",
  hint: "Une feuille à garder sous clé. Si plus aucun administrateur n’est là, elle ouvre la boîte, avec tout son historique, à une personne que la plateforme y a nommée.",
  existing: (count: string) => `Trousses en service : ${count}.`,
  make: "Préparer une trousse",
  made: "La trousse est prête. Imprimez-la maintenant : ce code ne sera plus jamais affiché.",
  print: "Imprimer la trousse",
  done: "Je l’ai rangée",
  about: (kind: string) =>
    `Ce papier ouvre la boîte de votre ${kind} et tout son historique. Il ne sert qu’à une personne que la plateforme y a nommée. À garder sous clé.`,
  steps: [
    "Se connecter sur la plateforme et ouvrir la messagerie.",
    "Choisir « J’ai la trousse de secours » et recopier ce code.",
    "Retirer les personnes qui ne doivent plus lire, et cette trousse, dans les réglages.",
    "En imprimer une nouvelle.",
  ],
  have: "J’ai la trousse de secours",
  enterHint: "Vous entrerez comme administrateur, avec tout l’historique, sans l’accord d’un collègue.",
  code: "Code de la trousse",
  enter: "Entrer avec la trousse",
  mistyped: "Ce n’est pas un code complet. Vérifiez chaque caractère.",
  unknown: "Cette trousse n’est pas, ou n’est plus, celle de cette boîte.",
};
