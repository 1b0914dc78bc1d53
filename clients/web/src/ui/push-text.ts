/** The one text that every push shows, whatever it holds and whoever wrote: of a file of its own, for the service worker. */

export const pushFr = {
  title: "Vous avez des messages",
  body: "Ouvrez votre messagerie pour les lire.",
};

export const pushEn: typeof pushFr = {
  title: "You have messages",
  body: "Open your inbox to read them.",
};
