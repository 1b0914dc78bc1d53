/** The texts of the board and of the steps: fetched with them. */

import { boardEn } from "./catalogue-board.en.ts";
import { boardFr } from "./catalogue-board.fr.ts";

export const boardTexts = { fr: boardFr, en: boardEn };
