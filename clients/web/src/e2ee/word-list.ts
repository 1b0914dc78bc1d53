/** The frozen list of 2,048 French words (SPEC.md section 4.4), which the Python package carries. */

import text from "../../../../messaging/e2ee/words/french.txt?raw";

export const LIST: readonly string[] = text.trimEnd().split("\n");
