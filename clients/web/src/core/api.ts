/**
 * The HTTP side of the service (PROTOCOL.md section 6), one method a resource.
 *
 * A token that the service does not take (it expired, or the platform changed its keys) is asked for once more from the
 * provider; then the refusal stands.
 */

import type {
  AccountView,
  Claim,
  Id,
  OwnTargets,
  PendingSeats,
  PrekeyBatch,
  Problem,
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
import { ProblemError, TimedOut, Unreachable } from "./errors.ts";

/** Gives a fresh token of the platform each time it is called. */
export type TokenProvider = () => string | Promise<string>;

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

/** The browser's own, which may be called by nobody's name but its own. */
export const systemFetch: Fetch = async (input, init) => fetch(input, init);

export const requestMs = 15_000;
const answerLengthMax = 4_194_304;

export class Api {
  readonly #url: string;
  readonly #provider: TokenProvider;
  readonly #fetch: Fetch;
  #token: Promise<string> | null = null;

  /** `url`: the service's, without a slash at its end. */
  constructor(url: string, provider: TokenProvider, fetcher: Fetch) {
    this.#url = url.replace(/\/+$/u, "");
    this.#provider = provider;
    this.#fetch = fetcher;
  }

  /**
   * The platform token in use; a new one from the provider if `fresh`, or if there is none yet.
   * @throws Unreachable, when the provider has none: without a network it cannot, and will later.
   */
  async token(fresh: boolean): Promise<string> {
    const asked = fresh || this.#token === null ? this.#asked() : this.#token;
    this.#token = asked;
    try {
      return await asked;
    } catch {
      if (this.#token === asked) {
        this.#token = null;
      }
      throw new Unreachable("the page gave no token");
    }
  }

  async #asked(): Promise<string> {
    return this.#provider();
  }

  async service(): Promise<ServiceInfo> {
    return decodeAnswer("ServiceInfo", await this.#request("GET", "/v1/service", undefined, {}));
  }

  async ticket(): Promise<TicketIssued> {
    return decodeAnswer("TicketIssued", await this.#send("POST", "/v1/tickets"));
  }

  async account(): Promise<AccountView> {
    return decodeAnswer("AccountView", await this.#send("GET", "/v1/account"));
  }

  /** null when the account has none yet. */
  async vault(): Promise<VaultBody | null> {
    try {
      return decodeAnswer("VaultBody", await this.#send("GET", "/v1/vault"));
    } catch (error) {
      if (error instanceof ProblemError && error.problem.status === 404) {
        return null;
      }
      throw error;
    }
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

  async claim(target: Id, mailbox: Id): Promise<Claim> {
    return decodeAnswer("Claim", await this.#send("POST", `/v1/targets/${hexOfId(target)}/claims`, { mailbox }));
  }

  async #send(method: string, path: string, body?: unknown): Promise<string> {
    try {
      return await this.#request(method, path, body, await this.#authorization(false));
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem.status !== 401) {
        throw error;
      }
    }
    return this.#request(method, path, body, await this.#authorization(true));
  }

  async #authorization(fresh: boolean): Promise<Record<string, string>> {
    return { Authorization: `Bearer ${await this.token(fresh)}` };
  }

  async #request(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<string> {
    const init: RequestInit = {
      method,
      headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
      signal: AbortSignal.timeout(requestMs),
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
    if (text.length > answerLengthMax) {
      throw new Unreachable("the answer is larger than any of this protocol");
    }
    if (answer.ok) {
      return text;
    }
    throw new ProblemError(problemOf(answer, text));
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
