/** A network as some town halls have it: a proxy that passes HTTP on to this machine, and opens no tunnel for a WebSocket. */

import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface Proxy {
  readonly url: string;
  readonly close: () => void;
}

/** Listens already. */
export async function withoutTunnels(): Promise<Proxy> {
  const server = createServer((asked, answer) => {
    const { hostname, port, pathname, search } = new URL(asked.url ?? "");
    if (!hostname.endsWith("localhost") && hostname !== "127.0.0.1") {
      answer.writeHead(403).end();
      return;
    }
    const { method, headers } = asked;
    const onward = request({ host: "127.0.0.1", port, path: pathname + search, method, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
    });
    answer.on("close", () => onward.destroy());
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  });
  server.on("connect", (_, socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
  server.unref();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of a server that listens on a port
  const { port: ours } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${ours}`, close };
}
