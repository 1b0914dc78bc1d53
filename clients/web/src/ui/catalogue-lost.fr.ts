/** The texts about what a restored backup cost, in French. */

export const lostFr = {
  title: "Le service a été restauré d’une sauvegarde et n’a plus ces messages que vous aviez envoyés :",
  again: "Les renvoyer",
  letGo: "Ne pas les renvoyer",
  whole: (who: string) => `Conversation perdue : ${who}`,
  wholeOpened:
    "Le service a été restauré d’une sauvegarde et n’a plus cette conversation. Cet appareil garde ce que votre côté y avait écrit ; vous pouvez la recommencer.",
  wholeTheirs:
    "Le service a été restauré d’une sauvegarde et n’a plus cette conversation. L’autre côté l’avait ouverte et peut la recommencer. Voici ce que votre côté y avait écrit :",
  wholeErased: "Le service n’a plus cette conversation. Voici ce que vous y aviez écrit et qui n’a pas été envoyé :",
  beginAgain: "La recommencer",
  letGoWhole: "Oublier cette conversation",
};
