/**
 * The connection, kept up: tickets, the carrier, coming back after a loss, and one promise for each command.
 *
 * The session decides, the carrier carries; this module counts the time. A connection is believed only while it answers:
 * a phone that wakes has a socket that is dead and says nothing, so `wake` asks the service and gives up soon.
 */

import type { AnyDown, Answers, Welcome } from "../wire/types.ts";
import type { Api } from "./api.ts";
import { abnormal, type Carrier, type Connection } from "./carrier.ts";
import { decodeDowns } from "./decoding.ts";
import {
  ClientError,
  Ended,
  Overloaded,
  ProblemError,
  ServiceRestored,
  SignInNeeded,
  TimedOut,
  Unreachable,
} from "./errors.ts";
import { keepRefreshed, refreshBeforeMs } from "./refreshing.ts";
import { type Going, insist, request } from "./requests.ts";
import { type Command, type Effect, type Fraction, type Input, type Session, step, waitingMax } from "./session.ts";
import { background, fault } from "./tasks.ts";
import { Timers } from "./timers.ts";
import { Waiters } from "./waiters.ts";

const connectMs = 8_000;
const greetingMs = 10_000;
/** Without a word for `silenceMs` the service is asked; without an answer to that the connection is given up. */
const [silenceMs, answerMs] = [25_000, 4_000];
/** Who is signed out signs in when they want to, which wakes this; the platform is asked so often all the same. */
const signInEveryMs = 300_000;

export interface LinkEvents {
  /** A welcome or an event, in the order in which they came. */
  readonly onOutput: (output: Extract<Effect, { type: "welcomed" | "event" }>) => void;
  /** Whether a connection stands and was welcomed. */
  readonly onState: (connected: boolean) => void;
}

export class Link {
  /** Rejects with the reason when the link ends for good. */
  readonly ended: Promise<never>;
  /** Whether the platform gives no token any more: the person signs in again, and the page calls `wake`. */
  signInNeeded = false;
  #end: (reason: Error) => void = () => undefined;
  #over: Error | null = null;
  #session: Session;
  #connection: Connection | null = null;
  readonly #api: Api;
  readonly #carrier: Carrier;
  readonly #events: LinkEvents;
  readonly #fraction: Fraction;
  readonly #clock: () => number;
  readonly #waiters = new Waiters();
  readonly #timers = new Timers();
  readonly #line = {
    once: async (command: Command, going: Going, deadline: number | null) => this.#once(command, going, deadline),
    pause: async (ms: number) => this.#pause(ms),
    now: () => this.#clock(),
  };
  #retry: ReturnType<typeof setTimeout> | null = null;
  #attempt = 0;
  #heardAt = 0;
  #probing = false;

  constructor(
    api: Api,
    carrier: Carrier,
    session: Session,
    events: LinkEvents,
    { fraction, clock }: { readonly fraction: Fraction; readonly clock: () => number },
  ) {
    this.#api = api;
    this.#carrier = carrier;
    this.#session = session;
    this.#events = events;
    this.#fraction = fraction;
    this.#clock = clock;
    this.ended = new Promise<never>((_, reject) => {
      this.#end = reject;
    });
    this.ended.catch(() => undefined);
  }

  get session(): Session {
    return this.#session;
  }

  start(): void {
    background(this.#connect());
    this.#watch();
  }

  /** Ends the link for a reason that reconnecting would not change. */
  fail(reason: Error): void {
    if (this.#over !== null) {
      return;
    }
    this.#over = reason;
    this.#attempt += 1;
    this.#session = step(this.#session, { type: "end" }, this.#fraction)[0];
    const connection = this.#connection;
    this.#connection = null;
    connection?.drop();
    this.#timers.cancelAll();
    this.#retry = null;
    this.#waiters.rejectAll(reason);
    this.#events.onState(false);
    this.#end(reason);
  }

  /** The page was shown again, or the network came back: reconnects at once, or makes sure that the connection lives. */
  wake(): void {
    if (this.#over !== null) {
      return;
    }
    if (this.#retry !== null) {
      this.#timers.cancel(this.#retry);
      this.#retry = null;
      background(this.#connect());
    } else if (this.#session.phase === "ready") {
      background(this.#probe());
    }
  }

  /** @throws as `requests.request` */
  async request<C extends Command>(command: C, going: Going): Promise<Answers[C["t"]]> {
    return request(this.#line, command, going);
  }

  /** @throws as `requests.insist` */
  async insist<C extends Command>(command: C, going: Omit<Going, "timeoutMs">): Promise<Answers[C["t"]]> {
    return insist(this.#line, command, going);
  }

  /** The browser says that the network is gone: a socket that stands all the same is not to be trusted. */
  drop(): void {
    this.#connection?.drop();
  }

  /** @throws Overloaded, when no further command is taken now; Ended. */
  checkRoom(): void {
    if (this.#over !== null) {
      throw this.#over;
    }
    if (this.#session.waiting.length >= waitingMax) {
      throw new Overloaded(`${waitingMax} commands wait already`);
    }
  }

  /** Lets what a thread sends wait for a random moment: for what leaves at once, of several threads. */
  hold(thread: string): void {
    this.#do({ type: "hold", thread });
  }

  /** All that this welcome announced is processed. */
  settle(welcome: Welcome): void {
    this.#do({ type: "settled", welcome });
  }

  async #once(command: Command, going: Going, deadline: number | null): Promise<AnyDown> {
    this.checkRoom();
    const ref = this.#session.nextRef;
    const giveUp = (): void => {
      this.#do({ type: "forget", ref });
      this.#waiters.reject(ref, new TimedOut("the service did not answer in time"));
    };
    const timer = deadline === null ? null : this.#timers.later(Math.max(0, deadline - this.#clock()), giveUp);
    const answer = this.#waiters.wait(ref, () => this.#timers.cancel(timer));
    this.#do({ type: "submit", command, thread: going.thread ?? null, sealed: going.sealed ?? false });
    return answer;
  }

  #do(input: Input): void {
    const [next, effects] = step(this.#session, input, this.#fraction);
    this.#session = next;
    for (const effect of effects) {
      this.#perform(effect);
    }
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case "send":
        this.#connection?.send(effect.frame);
        return;
      case "answered":
        this.#waiters.resolve(effect.ref, effect.answer);
        return;
      case "welcomed":
        this.#welcomed(effect);
        return;
      case "event":
        this.#putOut(effect);
        return;
      case "releaseLater":
        this.#timers.later(effect.afterMs, () => this.#do({ type: "release", thread: effect.thread }));
        return;
      case "reconnect":
        this.#retry = this.#timers.later(effect.afterMs, () => {
          this.#retry = null;
          background(this.#connect());
        });
        return;
      case "over":
        this.fail(new Ended(`the service closed for good with ${effect.code}`, effect.code));
        return;
      case "refused":
        return;
    }
  }

  #welcomed(effect: Effect & { type: "welcomed" }): void {
    for (const ref of effect.void) {
      this.#waiters.reject(ref, new ServiceRestored("the service was restored from a backup"));
    }
    this.#events.onState(true);
    this.#putOut(effect);
    const attempt = this.#attempt;
    const skewMs = effect.welcome.now - this.#clock();
    const refreshed = keepRefreshed({
      api: this.#api,
      now: () => this.#clock() + skewMs,
      pause: this.#line.pause,
      isCurrent: () => attempt === this.#attempt && this.#over === null,
      refresh: async (ticket) => this.request({ t: "refresh", ticket }, { timeoutMs: refreshBeforeMs }),
    });
    background(refreshed);
  }

  /** Nothing that comes down may end the line: what one output breaks is told to the console, the next one is taken. */
  #putOut(output: Extract<Effect, { type: "welcomed" | "event" }>): void {
    try {
      this.#events.onOutput(output);
    } catch (error) {
      fault(error);
    }
  }

  /** One attempt, from ticket to open connection. What ends it leads to the next one. */
  async #connect(): Promise<void> {
    const attempt = ++this.#attempt;
    const isCurrent = (): boolean => attempt === this.#attempt && this.#over === null;
    let ticket: string;
    try {
      ticket = (await this.#api.ticket()).ticket;
    } catch (error) {
      if (isCurrent()) {
        this.#notConnected(error);
      }
      return;
    }
    if (!isCurrent()) {
      return;
    }
    this.signInNeeded = false;
    let limit = this.#timers.later(connectMs, () => connection.drop());
    const connection = this.#carrier.connect({
      onOpen: () => {
        this.#timers.cancel(limit);
        limit = this.#timers.later(greetingMs, () => {
          if (this.#session.phase === "greeting") {
            connection.drop();
          }
        });
        this.#heardAt = this.#clock();
        this.#do({ type: "opened", ticket });
      },
      onFrame: (text) => this.#take(connection, text),
      onClose: (code) => {
        this.#timers.cancel(limit);
        if (isCurrent()) {
          this.#connection = null;
          this.#events.onState(false);
          this.#do({ type: "closed", code, advisedMs: 0 });
        }
      },
    });
    this.#connection = connection;
  }

  #notConnected(error: unknown): void {
    const problem = error instanceof ProblemError ? error.problem : null;
    if (error instanceof SignInNeeded) {
      this.signInNeeded = true;
      this.#events.onState(false);
      this.#do({ type: "closed", code: abnormal, advisedMs: signInEveryMs });
    } else if (problem?.code !== "not_found" && (problem !== null || error instanceof Unreachable)) {
      this.#do({ type: "closed", code: abnormal, advisedMs: problem?.retry_after_ms ?? 0 });
    } else {
      this.fail(error instanceof ClientError ? error : new Ended(`the connection failed: ${String(error)}`));
    }
  }

  #take(connection: Connection, text: string): void {
    this.#heardAt = this.#clock();
    let structs: AnyDown[];
    try {
      structs = decodeDowns(text);
    } catch {
      connection.drop();
      return;
    }
    this.#do({ type: "received", structs });
  }

  /** Asks the service anything; a connection that does not answer is dropped. */
  async #probe(): Promise<void> {
    if (this.#probing) {
      return;
    }
    this.#probing = true;
    const connection = this.#connection;
    const heardAt = this.#heardAt;
    try {
      const since = this.#session.since ?? this.#clock();
      await this.request({ t: "threads", since }, { timeoutMs: answerMs });
    } catch (error) {
      if (error instanceof TimedOut && connection === this.#connection && heardAt === this.#heardAt) {
        connection?.drop();
      }
    } finally {
      this.#probing = false;
    }
  }

  #watch(): void {
    this.#timers.later(silenceMs / 2, () => {
      if (this.#session.phase === "ready" && this.#clock() - this.#heardAt >= silenceMs) {
        background(this.#probe());
      }
      this.#watch();
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#over !== null) {
        reject(this.#over);
        return;
      }
      this.#timers.later(ms, resolve);
    });
  }
}
