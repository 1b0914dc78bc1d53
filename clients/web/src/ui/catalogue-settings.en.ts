/** The texts about the settings, in English. */

import type { settingsFr } from "./catalogue-settings.fr.ts";

export const settingsEn: typeof settingsFr = {
  title: "Settings",
  devices: "Your devices",
  thisDevice: "this device",
  unnamed: "Device without a name",
  addedAt: (date) => `added on ${date}`,
  lost: "A device is lost",
  lostHint:
    "All other devices will have to enter the new recovery code. If somebody may have opened it, also ask a colleague to remove your seat and to admit you again. What the lost device had it still has: tell the platform.",
  lostGo: "Put all other devices out",
  newCode: "New recovery code",
  newCodeHint: "The old one opens nothing any more.",
  people: "The people of the mailbox",
  admin: "administrator",
  remove: "Remove",
  removeHint: "This person reads and writes nothing more here. The mailbox’s keys change.",
  removeGo: "Remove this person",
  signOut: "Sign out",
  signOutHint: "This device will have no more alerts. To come back, go through the platform.",
  signOutForget: "Also forget the inbox on this device",
  signOutForgetHint:
    "Advised on a shared computer. The recovery code opens it here again; what was not sent yet would be lost.",
  targetCode: "Invitation code",
  targetCodeHint: "Give it to whoever wants to invite you to a conversation. It is no secret.",
  copy: "Copy the code",
  copied: "Copied.",
};
