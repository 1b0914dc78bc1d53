/**
 * What everybody needs of a page, whatever it shows: axe-core's rules and some more, in light and in dark, from a small
 * phone to a desk, with the motion reduced that a person asked to have reduced.
 *
 * A run of axe-core costs more than the page. So each rule is asked in each look in which it can find something else, and
 * in no other:
 * - What stands in the page, who it is hidden from, and its colours are the same at two widths at which the same media
 *   queries hold: all rules are asked once, at the first of them, and at the others those that measure.
 * - Dark changes colours alone (custom properties, and `color-scheme`): only the rules about colours are asked again.
 * - Our own rules cost little, and are asked in all of them.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Frame, Page } from "playwright-core";

const axe = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const sizes = [
  { width: 320, height: 640 },
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
] as const;

/** Options of axe.run. */
const rules = {
  all: { rules: { "target-size": { enabled: true } } },
  measuring: { runOnly: ["target-size", "scrollable-region-focusable"] },
  ofColours: { runOnly: ["color-contrast", "link-in-text-block"] },
} as const;

/** What is wrong with it, each with the looks that show it. `frame`: the page's own, or one in it. */
export async function audit(page: Page, frame: Frame): Promise<string[]> {
  const before = page.viewportSize();
  const found = new Map<string, string[]>();
  const look = async (colorScheme: "light" | "dark", width: number, asked: keyof typeof rules): Promise<void> => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const fault of await faultsOf(frame, asked)) {
      found.set(fault, [...(found.get(fault) ?? []), `${width} ${colorScheme}`]);
    }
  };
  const seen = new Set<string>();
  for (const size of sizes) {
    await page.setViewportSize(size);
    const holding = await frame.evaluate(mediaQueriesHolding);
    if (seen.has(holding)) {
      await look("light", size.width, "measuring");
    } else {
      seen.add(holding);
      await look("light", size.width, "all");
      await look("dark", size.width, "ofColours");
      await page.emulateMedia({ colorScheme: "light" });
    }
  }
  if (before !== null) {
    await page.setViewportSize(before);
  }
  return [...found].map(([fault, where]) => `${fault} (${where.join(", ")})`);
}

async function faultsOf(frame: Frame, asked: keyof typeof rules): Promise<string[]> {
  if (!(await frame.evaluate("'axe' in window"))) {
    await frame.evaluate(axe);
  }
  return [...(await frame.evaluate<string[]>(axeRun(rules[asked]))), ...(await frame.evaluate(ownRules))];
}

const axeRun = (options: object): string =>
  `axe.run(${JSON.stringify({ ...options, resultTypes: ["violations"] })}).then(({ violations }) =>
  violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html).join(" | ")))`;

/** Which of the page's media queries hold, in the order in which they stand. Runs in the page. */
function mediaQueriesHolding(): string {
  const holding = (list: CSSRuleList): string =>
    [...list]
      .map((rule) => {
        const inside = rule instanceof CSSGroupingRule ? holding(rule.cssRules) : "";
        return rule instanceof CSSMediaRule ? `${matchMedia(rule.conditionText).matches}(${inside})` : inside;
      })
      .join("");
  return [...document.styleSheets].map((sheet) => holding(sheet.cssRules)).join(" ");
}

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
