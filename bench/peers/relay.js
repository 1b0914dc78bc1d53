// A relay on socket.io that stores nothing: forwards each message to its sender's peer and acks it. Clients come in
// pairs: number n talks to number n xor 1. Listens on a free port and prints its address.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const relay = new Server(http, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });
const sockets = new Map();

relay.on("connection", (socket) => {
  const { number } = socket.handshake.auth;
  sockets.set(number, socket);
  socket.on("send", (message, acknowledge) => {
    sockets.get(number ^ 1).emit("event", message);
    acknowledge();
  });
});

http.listen(0, "127.0.0.1", () => {
  console.log(`The relay listens on http://127.0.0.1:${http.address().port}`);
});
