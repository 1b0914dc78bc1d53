/** The texts of the dialog in which a person consents, in French. */

export const consentFr = {
  title: "Ce que vous acceptez de montrer",
  intro:
    "Choisissez ce qui sera montré à l’autre côté, élément par élément. Rien n’apparaît tant que les deux côtés n’ont pas consenti ; alors tout apparaît au même moment.",
  silence: "Si vous ne consentez pas, l’autre côté n’en saura rien.",
  final: "Ce qui aura été vu restera vu. Jusque-là, vous pouvez vous raviser.",
  show: (field: string): string => `Montrer : ${field}`,
  preview: "L’autre côté verra",
  unattested: "La plateforme n’atteste rien : votre carte sera entièrement déclarée.",
  tooLong: "Cet élément est trop long pour une carte ; abrégez-le.",
  nothing: "Cochez au moins un élément.",
  give: "Je consens",
  /** What is signed: the words that the person agreed to. */
  text: (shown: string) =>
    `J’accepte que ces éléments de ma carte soient montrés à l’autre côté de cette conversation, une fois que les deux côtés auront consenti : ${shown}.`,
  fieldsShown: (names: readonly string[]) => names.join(", "),
};
