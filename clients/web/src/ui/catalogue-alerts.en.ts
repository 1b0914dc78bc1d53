/** The texts about alerts, in English. */

import type { alertsFr } from "./catalogue-alerts.fr.ts";
import { pushEn } from "./push-text.ts";

export const alertsEn: typeof alertsFr = {
  title: "Alerts",
  intro: "An alert tells you that messages are waiting, and nothing else: not who wrote, what about, nor how many.",
  rhythm:
    "It leaves ten minutes after a message that nobody on your side has read, and comes again after 3, 9 and 21 days as long as it waits. Never more than one an hour, nor four a day.",
  link: "Set your alerts",
  linkHint: "By e-mail, on this device, and at what hours.",
  push: pushEn,
  mail: {
    title: "By e-mail",
    none: "This service sends no e-mails. You can have alerts on this device.",
    address: "Your e-mail address",
    addressHint: "It is shown to nobody, and serves these alerts only.",
    save: "Save the address",
    confirmed: (address) => `Alerts are sent to ${address}.`,
    off: (address) => `Alerts to ${address} are paused.`,
    pending: (address) =>
      `We have just written to ${address}. Open the link in that e-mail to confirm the address; it is good for 24 hours.`,
    pendingBefore: (address) => `Until then alerts go to ${address}.`,
    failing: (address, since) =>
      `Since ${since}, e-mails to ${address} have been refused: you receive no alerts. Correct the address, or save it again.`,
    refused: (address) => `The mail server does not know ${address}. Check the address.`,
    malformed: "This address cannot receive e-mail. Check it.",
    tooMany: "Too many addresses were tried today. Try again tomorrow.",
    wanted: "Receive alerts by e-mail",
    forget: "Forget this address",
    forgotten: "The address is forgotten.",
  },
  quiet: {
    title: "Quiet hours",
    hint: "No alert leaves during this time; it leaves afterwards if the message still waits.",
    on: "Do not alert me during these hours",
    begins: "From",
    ends: "To",
    sundays: "Nor on Sundays",
    zone: "Time zone",
    save: "Save the hours",
    saved: "The quiet hours are saved.",
    tooLong: "Leave at least two hours of the day in which an alert can leave.",
    zones: {
      "Europe/Paris": "Mainland France",
      "America/Guadeloupe": "Guadeloupe",
      "America/Martinique": "Martinique",
      "America/Cayenne": "French Guiana",
      "Indian/Reunion": "Réunion",
      "Indian/Mayotte": "Mayotte",
      "America/Miquelon": "Saint Pierre and Miquelon",
      "Pacific/Noumea": "New Caledonia",
      "Pacific/Tahiti": "Tahiti",
    },
  },
  device: {
    title: "On this device",
    hint: "A notification appears even when the inbox is closed. Its text is always the same.",
    off: "Alerts are off on this device.",
    on: "Alerts are on on this device.",
    turnOn: "Turn on for this device",
    turnOff: "Turn off for this device",
    denied:
      "This browser blocks the notifications of the inbox. Allow them in the settings of the site, then come back.",
    unsupported: "This browser takes no notifications. On an iPhone or iPad, first add the inbox to the home screen.",
    failed: "This browser could not subscribe to notifications. Try again later, or choose e-mail.",
  },
  colleagues: {
    title: "Your colleagues",
    unreached: (role) =>
      `E-mail alerts no longer reach a colleague (${role}). Tell them to correct their address in their settings.`,
    mark: "is not reached by e-mail alerts",
  },
  suggestion: {
    title: "Know when somebody writes to you",
    text: "An e-mail or a notification will tell you that a message waits, and reveal nothing of it.",
    go: "Set your alerts",
    later: "Later",
  },
  opening: "Opening the conversation…",
};
