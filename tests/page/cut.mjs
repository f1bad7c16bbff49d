// A way to the broker that can be cut: connections through it break, and none is let
// through until it is mended.

import { connect, createServer } from "node:net";

export class Cut {
  #sockets = new Set();
  #cut = false;

  constructor(to) {
    this.server = createServer((socket) => this.#join(socket, to()));
  }

  async start() {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  #join(socket, address) {
    socket.on("error", () => {});
    if (this.#cut) return socket.destroy();
    const [host, port] = address.split(":");
    const other = connect(Number(port), host);
    for (const [one, two] of [[socket, other], [other, socket]]) {
      one.on("error", () => two.destroy());
      one.on("close", () => { two.destroy(); this.#sockets.delete(one); });
      this.#sockets.add(one);
      one.pipe(two);
    }
  }

  cut() {
    this.#cut = true;
    this.break();
  }

  // What is there breaks; the next may come.
  break() {
    for (const socket of this.#sockets) socket.destroy();
  }

  mend() {
    this.#cut = false;
  }

  // Bytes wait and nobody is told, as when a cable is pulled.
  freeze() {
    for (const socket of this.#sockets) socket.pause();
  }

  stop() {
    this.cut();
    this.server.close();
  }
}
