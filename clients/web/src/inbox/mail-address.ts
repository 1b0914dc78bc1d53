/** Whether mail can be sent to an address, as the service will see it (`messaging/domain/alerts.py`): it is said at once. */

const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const pattern = new RegExp(`^${atom}(?:\\.${atom})*@(?:${label}\\.)+${label}$`, "u");
const localMax = 64;
const lengthMax = 254;

export function isMailAddress(text: string): boolean {
  const isLong = text.length > lengthMax || text.lastIndexOf("@") > localMax;
  return !isLong && !text.includes("=?") && pattern.test(text);
}
