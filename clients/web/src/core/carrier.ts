/** What carries frames between the session and the service. It decides nothing; a second carrier has the same face. */

/** RFC 6455's code for an end without a close frame. */
export const abnormal = 1006;
const protocolError = 1002;
const subprotocol = "pli.v1";

export interface CarrierEvents {
  readonly onOpen: () => void;
  /** One frame of the service, as text. */
  readonly onFrame: (text: string) => void;
  /** Called once, whatever ended the connection or kept it from coming about. Nothing is called after it. */
  readonly onClose: (code: number) => void;
}

/** One connection. */
export interface Connection {
  readonly send: (frame: string) => void;
  /** Ends it at once, without waiting for the other side: `onClose` is called before this returns. */
  readonly drop: () => void;
}

export interface Carrier {
  readonly connect: (events: CarrierEvents) => Connection;
}

/** The socket at `/v1/ws` of the service at `url` (http or https). */
export class WebSocketCarrier implements Carrier {
  readonly #url: string;

  constructor(url: string) {
    const address = new URL(url);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    address.pathname = `${address.pathname.replace(/\/+$/u, "")}/v1/ws`;
    this.#url = address.href;
  }

  connect(events: CarrierEvents): Connection {
    const socket = new WebSocket(this.#url, [subprotocol]);
    let live = true;
    const end = (code: number): void => {
      if (live) {
        live = false;
        events.onClose(code);
      }
    };
    socket.addEventListener("open", () => {
      if (live) {
        events.onOpen();
      }
    });
    socket.addEventListener("message", (message: MessageEvent<unknown>) => {
      if (!live) {
        return;
      }
      if (typeof message.data === "string") {
        events.onFrame(message.data);
      } else {
        socket.close();
        end(protocolError);
      }
    });
    socket.addEventListener("close", (event: CloseEvent) => end(event.code));
    return {
      send: (frame) => {
        // A socket that is closing takes no frame; its close event follows, and the session sends again.
        if (live && socket.readyState === WebSocket.OPEN) {
          socket.send(frame);
        }
      },
      drop: () => {
        socket.close();
        end(abnormal);
      },
    };
  }
}
