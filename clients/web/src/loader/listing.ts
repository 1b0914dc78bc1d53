/**
 * The sample listing page: what a platform's page does with the loader. The demonstration puts token and target into the
 * fragment; a platform would ask its own back end.
 */

const given = new URLSearchParams(location.hash.slice(1));
const target = given.get("target");

const queue: PliCall = (...call) => {
  queue.q = [...(queue.q ?? []), call];
};
window.Pli ??= queue;
const pli: PliCall = (...call) => window.Pli?.(...call);

pli("boot", {
  token: () => given.get("token") ?? "",
  lang: "fr",
  ...(target === null ? {} : { target }),
});
pli("on", "unread", (count: unknown) => {
  const unread = document.querySelector("#unread");
  if (unread !== null) {
    unread.textContent = Number(count) > 0 ? `${Number(count)} non lu` : "";
  }
});
document.querySelector("#write")?.addEventListener("click", () => pli("show"));
