/**
 * What everybody needs of a page, whatever it shows: axe-core's rules and some more, in light and in dark, from a small
 * phone to a desk, with the motion reduced that a person asked to have reduced.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Frame, Page } from "playwright-core";

const axe = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const looks = [
  { width: 320, height: 640, colorScheme: "light" },
  { width: 320, height: 640, colorScheme: "dark" },
  { width: 390, height: 844, colorScheme: "dark" },
  { width: 390, height: 844, colorScheme: "light" },
  { width: 1280, height: 800, colorScheme: "light" },
  { width: 1280, height: 800, colorScheme: "dark" },
] as const;

/** What is wrong with it, each with the looks that show it. `frame`: the page's own, or one in it. */
export async function audit(page: Page, frame: Frame): Promise<string[]> {
  const before = page.viewportSize();
  const found = new Map<string, string[]>();
  for (const { colorScheme, ...size } of looks) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const fault of await faultsOf(frame)) {
      found.set(fault, [...(found.get(fault) ?? []), `${size.width} ${colorScheme}`]);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  if (before !== null) {
    await page.setViewportSize(before);
  }
  return [...found].map(([fault, where]) => `${fault} (${where.join(", ")})`);
}

async function faultsOf(frame: Frame): Promise<string[]> {
  if (!(await frame.evaluate("'axe' in window"))) {
    await frame.evaluate(axe);
  }
  return [...(await frame.evaluate<string[]>(axeRun)), ...(await frame.evaluate(ownRules))];
}

const axeRun = `axe.run({ rules: { "target-size": { enabled: true } } }).then(({ violations }) =>
  violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html).join(" | ")))`;

/** What axe-core has no rule for. Runs in the page. */
function ownRules(): string[] {
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- the page gets this function, and nothing around it
  const shown = (selector: string): Element[] =>
    [...document.querySelectorAll(selector)].filter((each) => each.checkVisibility({ visibilityProperty: true }));
  const { documentElement } = document;
  const faulty = {
    "a field below 16 px, into which phones zoom": shown("input:not([type=checkbox]), textarea, select").filter(
      (field) => Number.parseFloat(getComputedStyle(field).fontSize) < 16,
    ),
    "moves, although less motion is asked for": shown("*").filter((each) => {
      const { animationName, transitionDuration } = getComputedStyle(each);
      return animationName !== "none" || transitionDuration !== "0s";
    }),
    "scrolls sideways": shown("main, main *:not([role=group], textarea, select, input)").filter(
      (each) => each.scrollWidth > each.clientWidth && ["auto", "scroll"].includes(getComputedStyle(each).overflowX),
    ),
    "an action of a dialog out of sight": shown("dialog[open] .actions:last-child button").filter(
      (button) => button.getBoundingClientRect().bottom > innerHeight,
    ),
    "wider than the screen": documentElement.scrollWidth > documentElement.clientWidth ? [documentElement] : [],
    "no title": document.title === "" ? [documentElement] : [],
    "not one main landmark": shown("main").length === 1 ? [] : [documentElement],
    "no first heading": shown("h1").length > 0 ? [] : [documentElement],
  };
  return Object.entries(faulty).flatMap(([fault, elements]) =>
    elements.map((element) => `${fault}: ${element.outerHTML.slice(0, 200)}`),
  );
}
