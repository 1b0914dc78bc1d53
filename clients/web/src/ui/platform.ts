/**
 * The platform as the inbox and the console reach it by themselves. It sends a person here with a token in the fragment, which no server
 * sees: it is taken out of the address at once, and kept for reloads of this tab. From then on the platform gives another
 * token to whoever is signed in there, and its word for the key of their mailbox; who is not signs in again, on its page,
 * and comes back to the same place.
 */

import { systemFetch, type Fetch } from "../core/api.ts";
import { SignInNeeded } from "../core/errors.ts";
import { serviceInfo } from "../core/pinning.ts";
import { lifetimeMs, subjectOf } from "../core/token.ts";

const tokenName = "pli-token";
const placeName = "pli-place";
/** In a tab whose person signed out: nobody is signed in here again before somebody asks for it. */
const outName = "pli-out";
/** Where pages of their own begin; the platform leads to the first one. */
const homes = ["/inbox/", "/console/"] as const;
const answerMs = 15_000;
/** More than any token or attestation has. */
const lengthMax = 8_192;

let asked: ReturnType<typeof serviceInfo> | null = null;

/** Where the platform is, as the service says. @throws TypeError, without a network */
async function addresses(): ReturnType<typeof serviceInfo> {
  asked ??= serviceInfo();
  try {
    return await asked;
  } catch (error) {
    asked = null;
    throw error;
  }
}

/** What the platform says to whoever is signed in there; null where that is nobody. @throws TypeError */
async function said(url: string, body: string, fetcher: Fetch = systemFetch): Promise<string | null> {
  const answer = await fetcher(url, {
    method: "POST",
    body,
    mode: "cors",
    credentials: "include",
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(answerMs),
  });
  if ([204, 401, 403].includes(answer.status)) {
    return null;
  }
  const text = (await answer.text()).trim();
  if (!answer.ok || text === "" || text.length > lengthMax) {
    throw new TypeError(`the platform answered with ${answer.status}`);
  }
  return text;
}

/** `subject`: whose, should several people be signed in; empty: whoever is. */
async function newToken(subject: string): Promise<string | null> {
  const { token_url: url } = await addresses();
  return url === null ? null : said(url, subject);
}

/** The platform's word for a mailbox's identity key, base64; null where it has none. */
export async function attest(identity: string): Promise<string | null> {
  const { attestation_url: url } = await addresses();
  return url === null ? null : said(url, identity);
}

/** A token, and when this device got it: its own clock tells by that when the token ends, however wrong it is. */
interface Kept {
  readonly token: string;
  readonly at: number;
}

function kept(): Kept | null {
  const [, at, token] = /^(\d+) (.+)$/u.exec(sessionStorage.getItem(tokenName) ?? "") ?? [];
  return at === undefined || token === undefined ? null : { at: Number(at), token };
}

const lasts = ({ token, at }: Kept): boolean => Date.now() - at < lifetimeMs(token);

/** Who this tab's person is, and their tokens. */
export class SignedIn {
  readonly subject: string;
  readonly #others: BroadcastChannel;
  #kept: Kept;
  /** Whether the kept one was not used yet. */
  #isNew = true;

  private constructor(token: Kept) {
    this.subject = subjectOf(token.token);
    this.#others = new BroadcastChannel(`pli-token ${this.subject}`);
    this.#kept = token;
  }

  /** By the address, by what this tab kept, or because they are signed in at the platform; null: they are not. */
  static async now(): Promise<SignedIn | null> {
    return isElsewhere() ? new Promise(() => undefined) : SignedIn.#here();
  }

  static async #here(): Promise<SignedIn | null> {
    const given = fromAddress();
    if (given === null && isSignedOut()) {
      return null;
    }
    sessionStorage.removeItem(outName);
    const before = given === null ? kept() : null;
    const token = given ?? before?.token ?? (await newToken("").catch(() => null));
    if (token === null) {
      return null;
    }
    const person = new SignedIn(before ?? { token, at: Date.now() });
    person.#keep(person.#kept);
    if (given !== null) {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has one origin, its own
      person.#others.postMessage(given);
    }
    return person;
  }

  /** Calls back when the person signed in again in another tab. */
  onNews(listener: () => void): void {
    this.#others.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (typeof data === "string" && subjectOf(data) === this.subject) {
        this.#keep({ token: data, at: Date.now() });
        listener();
      }
    });
  }

  /** A fresh one; where there is none, the last one as long as it lasts. @throws SignInNeeded, TypeError */
  readonly token = async (): Promise<string> => {
    if (this.#isNew && lasts(this.#kept)) {
      this.#isNew = false;
      return this.#kept.token;
    }
    try {
      const token = await newToken(this.subject);
      if (token === null || subjectOf(token) !== this.subject) {
        throw new SignInNeeded("nobody is signed in at the platform, or somebody else");
      }
      this.#keep({ token, at: Date.now() });
      this.#isNew = false;
    } catch (error) {
      if (!lasts(this.#kept)) {
        throw error;
      }
    }
    return this.#kept.token;
  };

  #keep(token: Kept): void {
    this.#kept = token;
    this.#isNew = true;
    sessionStorage.setItem(tokenName, `${token.at} ${token.token}`);
  }
}

/** The page that this is. */
const home = (): string => homes.find((each) => location.pathname.startsWith(each)) ?? homes[0];

/** The token of the address, which forgets it. */
function fromAddress(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given !== null) {
    const before = sessionStorage.getItem(placeName);
    sessionStorage.removeItem(placeName);
    const place = location.pathname === home() ? (before ?? home()) : location.pathname;
    history.replaceState(history.state, "", place);
  }
  return given;
}

/** Whoever left another page of ours to sign in comes back to it, with the token: the platform knows one address. */
function isElsewhere(): boolean {
  const before = sessionStorage.getItem(placeName);
  const isBack = location.hash.startsWith("#token=") && location.pathname === home();
  const isOurs = homes.some((each) => before?.startsWith(each));
  if (!isBack || before === null || !isOurs || before.startsWith(home())) {
    return false;
  }
  sessionStorage.removeItem(placeName);
  location.replace(`${before}${location.hash}`);
  return true;
}

/** Whether this tab's person signed out. */
export function isSignedOut(): boolean {
  return sessionStorage.getItem(outName) !== null;
}

/** Ends this tab's token, and the page with it. `forget`: what is kept beside the account's database goes too. */
export function signOut(forget: boolean): void {
  sessionStorage.clear();
  if (forget) {
    localStorage.clear();
  }
  sessionStorage.setItem(outName, "yes");
  location.replace(home());
}

/** Whether the platform has a page to sign in. */
export async function canSignIn(): Promise<boolean> {
  return ((await addresses().catch(() => null))?.sign_in_url ?? null) !== null;
}

/** Leaves for the platform's page, which leads back here; false where there is none. */
export async function signIn(): Promise<boolean> {
  const { sign_in_url: url } = await addresses();
  if (url !== null) {
    sessionStorage.setItem(placeName, location.pathname);
    location.assign(url);
  }
  return url !== null;
}
