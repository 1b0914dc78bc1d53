/** What a whole conversation comes to, for who shows a part of it: kept up item by item, never read again from the start. */

import type { Glance } from "./local.ts";
import type { Closed, Item, Message, Reopened, StepTaken, ThirdInvited } from "./views.ts";
import type { Course } from "./way.ts";

/** Proposals that are remembered: those of before lapse with their keys. */
const invitationsMax = 8;

export interface Gist {
  /** The last message. */
  readonly said: Pick<Glance, "text" | "own" | "seq" | "at"> | null;
  readonly closed: boolean;
  /** Whether moderators stopped it: nobody writes in it. */
  readonly frozen: boolean;
  /** As the peer's newest card names it. */
  readonly name: string | null;
  /** Whether the other side wrote, or anybody proposed to show identities. */
  readonly spoken: boolean;
  /** Whether the own side proposed it last; null: nobody did. */
  readonly asked: boolean | null;
  /** Not after a reset: what was consented to was shown to others. */
  readonly released: boolean;
  /** Whether the peer's side began anew since it last showed a card: who writes there is not identified. */
  readonly peerAnew: boolean;
  /** When the platform last vouched for the own side, ms; 0 if it never did. */
  readonly resetAt: number;
  /** Third parties that were proposed lately; each holds under the keys of its time only. */
  readonly invitations: readonly ThirdInvited[];
  /** The seq of the last that the own side said; 0 for nothing. */
  readonly lastOwn: number;
  /** How far the sides say that they came. */
  readonly course: Course;
}

export const nothingSaid: Gist = {
  said: null,
  closed: false,
  frozen: false,
  name: null,
  spoken: false,
  asked: null,
  released: false,
  peerAnew: false,
  resetAt: 0,
  invitations: [],
  lastOwn: 0,
  course: { wrote: [0, 0], marks: {} },
};

/** The gist once these follow. */
export function gistAfter(before: Gist, items: readonly Item[]): Gist {
  return items.reduce(after, before);
}

/** What the list shows of the conversation; null where nothing was said. */
export function glanceOf({ said, closed, name, course }: Gist): Glance | null {
  return said === null ? null : { ...said, closed, name, course };
}

function written({ course }: Gist, { party, at }: Message): Course {
  const [first, second] = course.wrote;
  return party > 1 ? course : { ...course, wrote: party === 0 ? [at, second] : [first, at] };
}

/** The course once this was said openly. */
function marked({ course }: Gist, item: StepTaken | Closed | Reopened): Course {
  const word = item.type === "step" ? item.step : item.type;
  if (word === null) {
    return course;
  }
  const key = `${word} ${item.party}`;
  const n = (course.marks[key]?.n ?? 0) + 1;
  const { seq, at } = item;
  return {
    ...course,
    marks: { ...course.marks, [key]: { n, seq, at, reason: item.type === "closed" ? item.reason : null } },
  };
}

type Taking = { readonly [K in Item["type"]]?: (gist: Gist, item: Item & { readonly type: K }) => Gist };

/** What the items of each type change; those of the others change nothing. */
const taking: Taking = {
  message: (gist, item) => ({
    ...gist,
    said: { text: item.text, own: item.own, seq: item.seq, at: item.at },
    spoken: gist.spoken || (!item.own && item.party < 2),
    course: written(gist, item),
  }),
  step: (gist, item) => ({ ...gist, course: marked(gist, item) }),
  asked: (gist, { own }) => ({ ...gist, spoken: true, asked: own }),
  closed: (gist, item) => ({ ...gist, closed: true, course: marked(gist, item) }),
  reopened: (gist, item) => ({ ...gist, closed: false, course: marked(gist, item) }),
  froze: (gist, { frozen }) => ({ ...gist, frozen }),
  released: (gist, { cards }) => {
    const fields = cards.findLast((card) => !card.own)?.fields;
    const peerAnew = gist.peerAnew && fields === undefined;
    return { ...gist, released: true, peerAnew, name: fields?.["organisation"] ?? fields?.["name"] ?? gist.name };
  },
  invited: (gist, item) => ({ ...gist, invitations: [...gist.invitations, item].slice(-invitationsMax) }),
  reset: (gist, { own, at }) => {
    const anew = own ? { resetAt: at } : { peerAnew: true, name: null };
    return { ...gist, released: false, asked: null, ...anew };
  },
};

function after<K extends Item["type"]>(before: Gist, item: Item & { readonly type: K }): Gist {
  const gist = "own" in item && item.own ? { ...before, lastOwn: item.seq } : before;
  return taking[item.type]?.(gist, item) ?? gist;
}
