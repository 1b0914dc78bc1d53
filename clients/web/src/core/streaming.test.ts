import { describe, expect, it } from "vitest";
import { StreamCarrier } from "./streaming.ts";

/** The headers of all requests of a stream whose answer carries these. */
async function saidBy(answered: Record<string, string>): Promise<(string | null)[]> {
  const said: (string | null)[] = [];
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const service = writable.getWriter();
  void service.write(new TextEncoder().encode("data: {}\n\n"));
  const carrier = new StreamCarrier(
    "https://pli.example",
    async (url, init) => {
      said.push(new Headers(init.headers).get("Pli-Place"));
      if (url.endsWith("/v1/stream")) {
        return Promise.resolve(new Response(readable, { headers: answered }));
      }
      void service.close();
      return Promise.resolve(new Response(null, { status: 204 }));
    },
    (size) => new Uint8Array(size),
  );
  await new Promise<void>((resolve) => {
    const connection = carrier.connect({
      onOpen: () => connection.send("hello"),
      onFrame: () => connection.send("a command"),
      onClose: () => resolve(),
    });
  });
  return said;
}

describe("a stream", () => {
  it("says back where it stands with each command", async () => {
    expect(await saidBy({ "Pli-Place": "00ff" })).toEqual([null, "00ff"]);
  });

  it("says nothing where the service said nothing", async () => {
    expect(await saidBy({})).toEqual([null, null]);
  });
});
