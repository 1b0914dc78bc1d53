/**
 * The HTTP side of the service (PROTOCOL.md section 6), one method a resource.
 *
 * A token that the service does not take (it expired, or the platform changed its keys) is asked for once more from the
 * provider; where that one is not taken either, the person has to sign in again.
 */

import type {
  AccountView,
  AlertLink,
  AlertOpened,
  AlertSettings,
  AlertsView,
  Claim,
  ColleaguesUnreached,
  Id,
  OwnTargets,
  PendingSeats,
  PrekeyBatch,
  Problem,
  PushSubscribed,
  PushSubscription,
  Removal,
  RosterAppend,
  RosterView,
  SeatRequest,
  ServiceInfo,
  TicketIssued,
  VaultBody,
} from "../wire/types.ts";
import { hexOfId } from "./base64.ts";
import { decodeAnswer } from "./decoding.ts";
import { ProblemError, SignInNeeded, TimedOut, Unreachable } from "./errors.ts";
import { lifetimeMs } from "./token.ts";

/** Gives a fresh token of the platform each time it is called. Throws SignInNeeded where nobody is signed in there. */
export type TokenProvider = () => string | Promise<string>;

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

/** The browser's own, which may be called by nobody's name but its own. */
export const systemFetch: Fetch = async (input, init) => fetch(input, init);

export const requestMs = 15_000;
/**
 * After a silent cut the browser sends the next requests over its idle connections, each as dead as the one that was
 * noticed. What a lost connection begins anew with must find that out soon; it is small, and may be asked for again.
 */
export const ticketMs = 5_000;
const noContent = 204;
const answerLengthMax = 4_194_304;

export class Api {
  readonly #url: string;
  readonly #provider: TokenProvider;
  readonly #fetch: Fetch;
  readonly #clock: () => number;
  #token: string | null = null;
  /** By this device's clock, ms. */
  #endsAt = Infinity;
  #asking: Promise<string> | null = null;

  /** `url`: the service's, without a slash at its end. */
  constructor(url: string, provider: TokenProvider, fetcher: Fetch, clock: () => number) {
    this.#url = url.replace(/\/+$/u, "");
    this.#provider = provider;
    this.#fetch = fetcher;
    this.#clock = clock;
  }

  /**
   * The platform token in use; a new one from the provider if `fresh`, if there is none yet, or if it ended. One that the
   * provider does not replace stays in use.
   * @throws SignInNeeded, as the provider; Unreachable, when it fails otherwise: without a network it cannot, and will later.
   */
  async token(fresh: boolean): Promise<string> {
    if (!fresh && this.#token !== null && this.#clock() < this.#endsAt) {
      return this.#token;
    }
    this.#asking ??= this.#asked().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #asked(): Promise<string> {
    try {
      const token = await this.#provider();
      this.#token = token;
      this.#endsAt = this.#clock() + lifetimeMs(token);
      return token;
    } catch (error) {
      throw error instanceof SignInNeeded ? error : new Unreachable("the page gave no token");
    }
  }

  async service(): Promise<ServiceInfo> {
    return decodeAnswer("ServiceInfo", await this.#request("GET", "/v1/service", undefined, {}, requestMs));
  }

  async ticket(): Promise<TicketIssued> {
    return decodeAnswer("TicketIssued", await this.#send("POST", "/v1/tickets", undefined, ticketMs));
  }

  async account(): Promise<AccountView> {
    return decodeAnswer("AccountView", await this.#send("GET", "/v1/account"));
  }

  /** null when the account has none yet. */
  async vault(): Promise<VaultBody | null> {
    const text = await this.#send("GET", "/v1/vault");
    return text === "" ? null : decodeAnswer("VaultBody", text);
  }

  /** @throws ProblemError `stale_head` when another device wrote first. */
  async putVault(body: VaultBody): Promise<void> {
    await this.#send("PUT", "/v1/vault", body);
  }

  async roster(mailbox: Id): Promise<RosterView> {
    return decodeAnswer("RosterView", await this.#send("GET", `/v1/mailboxes/${hexOfId(mailbox)}/roster`));
  }

  /** @throws ProblemError `stale_head` when another record came first. */
  async appendRoster(mailbox: Id, append: RosterAppend): Promise<void> {
    await this.#send("POST", `/v1/mailboxes/${hexOfId(mailbox)}/roster`, append);
  }

  /** @throws ProblemError `stale_head` when another record came first, `busy` when a conversation was opened. */
  async remove(mailbox: Id, removal: Removal): Promise<void> {
    await this.#send("POST", `/v1/mailboxes/${hexOfId(mailbox)}/removals`, removal);
  }

  async askSeat(mailbox: Id, request: SeatRequest): Promise<void> {
    await this.#send("POST", `/v1/mailboxes/${hexOfId(mailbox)}/seats`, request);
  }

  async pendingSeats(mailbox: Id): Promise<PendingSeats> {
    return decodeAnswer("PendingSeats", await this.#send("GET", `/v1/mailboxes/${hexOfId(mailbox)}/seats`));
  }

  async targets(mailbox: Id): Promise<OwnTargets> {
    return decodeAnswer("OwnTargets", await this.#send("GET", `/v1/mailboxes/${hexOfId(mailbox)}/targets`));
  }

  async publishPrekeys(target: Id, batch: PrekeyBatch): Promise<void> {
    await this.#send("POST", `/v1/targets/${hexOfId(target)}/prekeys`, batch);
  }

  /** @throws ProblemError `target_not_ready` while nobody can receive there. */
  async claim(target: Id, mailbox: Id): Promise<Claim> {
    const answer = await this.#send("POST", `/v1/targets/${hexOfId(target)}/claims`, { mailbox });
    if (answer === "") {
      throw new ProblemError({ type: "", title: "", status: 204, code: "target_not_ready", retryable: true });
    }
    return decodeAnswer("Claim", answer);
  }

  async alerts(): Promise<AlertsView> {
    return decodeAnswer("AlertsView", await this.#send("GET", "/v1/account/alerts"));
  }

  async putAlerts(settings: AlertSettings): Promise<void> {
    await this.#send("PUT", "/v1/account/alerts", settings);
  }

  async openAlert(link: AlertLink): Promise<AlertOpened> {
    return decodeAnswer("AlertOpened", await this.#send("POST", "/v1/account/alerts/open", link));
  }

  async unreached(mailbox: Id): Promise<ColleaguesUnreached> {
    return decodeAnswer("ColleaguesUnreached", await this.#send("GET", `/v1/mailboxes/${hexOfId(mailbox)}/alerts`));
  }

  async subscribePush(pushed: PushSubscription): Promise<PushSubscribed> {
    return decodeAnswer("PushSubscribed", await this.#send("PUT", "/v1/account/push", pushed));
  }

  async unsubscribePush(subscription: Id): Promise<void> {
    await this.#send("DELETE", `/v1/account/push/${hexOfId(subscription)}`);
  }

  /** Anything else, of a part that checks the answer itself: what only moderators ask, say. */
  async text(method: string, path: string, body?: unknown): Promise<string> {
    return this.#send(method, path, body);
  }

  async #send(method: string, path: string, body?: unknown, ms = requestMs): Promise<string> {
    try {
      return await this.#request(method, path, body, await this.#authorization(false), ms);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem.status !== 401) {
        throw error;
      }
    }
    try {
      return await this.#request(method, path, body, await this.#authorization(true), ms);
    } catch (error) {
      const isRefused = error instanceof ProblemError && error.problem.status === 401;
      throw isRefused ? new SignInNeeded("the service does not take the platform's newest token") : error;
    }
  }

  async #authorization(fresh: boolean): Promise<Record<string, string>> {
    return { Authorization: `Bearer ${await this.token(fresh)}` };
  }

  async #request(
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string>,
    ms: number,
  ): Promise<string> {
    const init: RequestInit = {
      method,
      headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
      signal: AbortSignal.timeout(ms),
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "no-referrer",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    let answer: Response;
    let text: string;
    try {
      answer = await this.#fetch(this.#url + path, init);
      text = await answer.text();
    } catch (error) {
      if (error instanceof DOMException && error.name === "TimeoutError") {
        throw new TimedOut(`${method} ${path}: no answer in time`);
      }
      throw new Unreachable(`${method} ${path}: ${error instanceof Error ? error.name : "failed"}`);
    }
    checkSize(answer, text);
    if (answer.ok) {
      return text;
    }
    throw new ProblemError(problemOf(answer, text));
  }
}

/** @throws Unreachable, for what is no answer of this protocol. */
function checkSize({ ok, status }: Response, text: string): void {
  if (text.length > answerLengthMax) {
    throw new Unreachable("the answer is larger than any of this protocol");
  }
  if (ok && text === "" && status !== noContent) {
    throw new Unreachable("an answer without a content");
  }
}

/** The problem of an answer; what stands between us and the service may answer with something else entirely. */
function problemOf(answer: Response, text: string): Problem {
  try {
    return decodeAnswer("Problem", text);
  } catch {
    const retryable = answer.status >= 500;
    return { type: "about:blank", title: answer.statusText, status: answer.status, code: "unknown", retryable };
  }
}
