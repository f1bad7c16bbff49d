// The real programs, on ports that the system gives, ended by their own ids.

import { spawn } from "node:child_process";
import { join } from "node:path";

const PATIENCE = 15_000;

// Nothing but what the page asks for goes out.
export const CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export class Program {
  constructor(folder, name, args) {
    Object.assign(this, { folder, name, args, address: null, log: "" });
  }

  // Starts it and waits for the line that says where it listens.
  async start() {
    const args = this.address ? this.args(this.address) : this.args("127.0.0.1:0");
    this.child = spawn(join(this.folder, this.name), args, { stdio: ["ignore", "ignore", "pipe"] });
    this.ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.stderr.setEncoding("utf8");
    const bound = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("exit", (code) => reject(new Error(`${this.name} ended with ${code}:\n${this.log}`)));
      this.child.stderr.on("data", (text) => {
        this.log += text;
        const found = this.log.match(/listening.*address=(\S+)/);
        if (found) resolve(found[1]);
      });
      setTimeout(() => reject(new Error(`${this.name} does not say where it listens:\n${this.log}`)), PATIENCE).unref();
    });
    this.log = "";
    this.address = await bound;
    return this;
  }

  async kill(signal = "SIGKILL") {
    if (!this.child) return;
    this.child.kill(signal);
    await this.ended;
    this.child = null;
  }
}

export async function until(what, look, limit = PATIENCE) {
  const begun = Date.now();
  for (;;) {
    const found = await look();
    if (found) return { found, took: Date.now() - begun };
    if (Date.now() - begun > limit) throw new Error(`not within ${limit} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
