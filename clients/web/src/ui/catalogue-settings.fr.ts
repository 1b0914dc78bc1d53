/** The texts about the settings, in French. */

export const settingsFr = {
  title: "Réglages",
  devices: "Vos appareils",
  thisDevice: "cet appareil",
  unnamed: "Appareil sans nom",
  addedAt: (date: string) => `ajouté le ${date}`,
  lost: "Un appareil est perdu",
  lostHint:
    "Tous les autres appareils devront entrer le nouveau code de secours. Si quelqu’un a pu l’ouvrir, demandez aussi à un collègue de retirer votre place, puis de vous admettre à nouveau. Ce que l’appareil perdu avait déjà, il l’a encore : prévenez la plateforme.",
  lostGo: "Écarter tous les autres appareils",
  newCode: "Nouveau code de secours",
  newCodeHint: "L’ancien n’ouvrira plus rien.",
  people: "Les personnes de la boîte",
  admin: "administrateur",
  remove: "Retirer",
  removeHint: "Cette personne ne lira et n’écrira plus rien ici. Les clés de la boîte changent.",
  removeGo: "Retirer cette personne",
  signOut: "Se déconnecter",
  signOutHint: "Cet appareil ne recevra plus d’avis. Pour revenir, passez par la plateforme.",
  signOutForget: "Oublier aussi la messagerie sur cet appareil",
  signOutForgetHint:
    "Conseillé sur un ordinateur partagé. Le code de secours la rouvrira ici ; ce qui n’est pas encore parti serait perdu.",
  targetCode: "Code de mise en relation",
  targetCodeHint: "Donnez-le à qui veut vous inviter dans une conversation. Il n’est pas secret.",
  copy: "Copier le code",
  copied: "Copié.",
};
