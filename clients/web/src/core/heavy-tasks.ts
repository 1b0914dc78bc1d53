/** What a worker does. A page that has one does not need all of it at its start. */

import { openAll } from "../e2ee/batch.ts";
import { headsAfter } from "../e2ee/log-extent.ts";
import { search } from "./searching.ts";

/** Each task by its name: what goes in and comes out can be cloned. */
export const tasks = { chain: headsAfter, open: openAll, search } as const;
