// The browser's client of an Oriel broker, in one file and without a build step:
//
//   import { connect } from "http://127.0.0.1:8890/oriel.js";
//   const oriel = connect();
//   oriel.subscribe("ads.*", { latest: true }, ({ topic, data }) => console.log(topic, data));
//   oriel.publish("ads.clicks", { total: 1 });
//
// It connects again for as long as it is not closed. What was subscribed to goes on from
// where it was: what is missing is told by `gap` or `skipped`, and nothing comes twice.
// A page of another origin has to be allowed by `oriel-broker --allow-origin ORIGIN`.

// Waits between tries double up to the longest; a random half of each is left out, so
// that the pages of a broker that was restarted do not come back all at once.
const SHORTEST = 250;
const LONGEST = 15_000;

// A connection that lasted so long was a good one: the next try is soon again.
const GOOD = 5_000;

// When nothing came for that long the broker is asked something, and has as long again.
const SILENCE = 20_000;

// An event stream brings a comment every 15 s.
const STREAM_SILENCE = 45_000;

// So many bytes may wait for the socket, and so much may be asked for before there is one.
const WAITING = 4 << 20;
const EARLY = 1_000;

// Of so many topics of a wildcard the last update is kept, to know it again.
const TOPICS = 10_000;

// A line of an event stream that is longer than this is none of ours.
const LINE = 64 << 20;

const LATEST = "_latestTopics";
const NUMBERS = ".numSubscribers";

/**
 * A publication, as a subscription gets it.
 * @typedef {object} Update
 * @property {string} topic where it was published
 * @property {*} data the published value
 * @property {number} timestamp when, in epoch milliseconds; grows strictly within a topic
 * @property {string|null} cursor its place in the topic, `EPOCH:SEQ`, if the subscription
 *   resumes; given as `resume` to a later subscription it goes on after this update
 * @property {boolean} gap something before it is lost, nobody knows how much
 * @property {number} skipped so many publications just before it were left out for newer ones
 */

/**
 * Something that the broker refused.
 * @typedef {object} Refusal
 * @property {string} code what is wrong, for programs: `forbidden`, `tooManySubscriptions`, ...
 * @property {string} message what is wrong, for people
 * @property {string} topic about which topic, or empty
 */

/**
 * Connects to a broker; returns at once.
 * @param {string|URL} [url] where it is: `http://HOST:PORT` or `ws://HOST:PORT/pubsub`, with
 *   `https` and `wss` through TLS; absent is where this file came from
 * @param {object} [options]
 * @param {string|(() => string|Promise<string>)} [options.token] the token, or a function
 *   that is asked for one at each try; never a part of a URL
 * @param {"websocket"|"events"} [options.transport] `events` is for networks that let no
 *   WebSocket through: a request for each topic, of which browsers allow six at a time to a
 *   server without HTTP/2; no wildcards, no numbers of subscribers
 * @returns {Oriel}
 */
export function connect(url = new URL("./", import.meta.url), { token = "", transport = "websocket" } = {}) {
  if (transport !== "websocket" && transport !== "events") throw new TypeError(`no transport '${transport}'`);
  return new Oriel(addresses(url), token, transport === "events" ? Streams : Socket);
}

/** A connection to a broker that is kept up until it is closed; made by {@link connect}. */
class Oriel {
  /**
   * Called with each new state, and why: `connecting`, `live`, `away` (it tries again by
   * itself) and in the end `closed`.
   * @type {((state: string, why: string) => void)|null}
   */
  onstate = null;

  /**
   * Called with what the broker refuses; if it is not set the console is told.
   * @type {((refusal: Refusal) => void)|null}
   */
  onerror = null;

  /** @type {"connecting"|"live"|"away"|"closed"} */
  state = "connecting";

  #feeds = new Map();
  #watches = new Map();
  #transport;

  constructor(urls, token, Transport) {
    this.#transport = new Transport({
      urls,
      token: typeof token === "function" ? token : () => token,
      feeds: this.#feeds,
      watches: this.#watches,
      state: (state, why) => this.#become(state, why),
      refused: (refusal) => this.#refused(refusal),
    });
  }

  /**
   * Subscribes to a topic, or to many: in a pattern `*` stands for one token between dots,
   * a `>` at the end for all that follow. Those who subscribe to the same pattern share what
   * comes, each with what any of them asked for. Another pattern that means some of the same
   * topics is an error, since the broker sends a publication once: connect once more for it.
   * @param {string} pattern
   * @param {object} [options]
   * @param {boolean} [options.latest] the remembered values first
   * @param {boolean|string} [options.resume] after a broken connection what was missed, as
   *   far as the broker still has it: yes unless it is `false`. A cursor: what came after it.
   *   A wildcard does not resume: its first update after a break says `gap`
   * @param {boolean} [options.conflate] be told by `skipped` of values that were left out
   *   because this page is slow: yes unless it is `false`
   * @param {(update: Update) => void} handler
   * @returns {{close: () => void}} ends the subscription
   */
  subscribe(pattern, options, handler) {
    if (typeof options === "function") [options, handler] = [{}, options];
    if (typeof handler !== "function") throw new TypeError("a subscription needs a function for its updates");
    this.#open();
    const known = this.#feeds.get(pattern);
    if (known && typeof options?.resume === "string") throw new Error(`'${pattern}' is subscribed to already`);
    const feed = known ?? new Feed(pattern, options ?? {});
    const other = known ? undefined : [...this.#feeds.values()].find((other) => other.meets(feed));
    if (other) throw new Error(`'${pattern}' and '${other.pattern}' mean some of the same topics: connect once more for one of them`);
    if (!known || known.join(options ?? {})) this.#transport.subscribe(feed);
    this.#feeds.set(pattern, feed);
    const ear = { handler };
    feed.ears.add(ear);
    if (feed.latest) feed.tell(ear);
    return { close: () => this.#leave(feed, ear) };
  }

  /**
   * Tells the number of a topic's subscribers, now and when it changes.
   * @param {string} topic
   * @param {(number: number) => void} handler
   * @returns {{close: () => void}} ends it
   */
  subscribeNumSubscribers(topic, handler) {
    this.#open();
    const watch = this.#watches.get(topic) ?? { topic, ears: new Set(), number: null };
    if (watch.ears.size === 0) this.#transport.watch(watch);
    this.#watches.set(topic, watch);
    const ear = { handler };
    watch.ears.add(ear);
    queueMicrotask(() => {
      if (watch.number !== null && watch.ears.has(ear)) call(handler, watch.number);
    });
    return {
      close: () => {
        if (!watch.ears.delete(ear) || watch.ears.size > 0) return;
        this.#watches.delete(topic);
        this.#transport.unwatch(watch);
      },
    };
  }

  /**
   * Publishes a value, once. While the first connection is being made it waits for it.
   * @param {string} topic
   * @param {*} data what JSON can say; `undefined` is `null`
   * @returns {Promise<void>} fulfilled when it was handed on (or, with `events`, taken);
   *   rejected if there is no connection or it was refused
   */
  async publish(topic, data) {
    this.#open();
    await this.#transport.publish(topic, JSON.stringify(data) ?? "null");
  }

  /**
   * Up to 100 topics, the one published to last at the end.
   * @returns {Promise<string[]>}
   */
  async getLatestTopics() {
    this.#open();
    return this.#transport.latestTopics();
  }

  /** Ends the connection and all subscriptions. */
  close() {
    if (this.state === "closed") return;
    for (const feed of this.#feeds.values()) feed.ears.clear();
    for (const watch of this.#watches.values()) watch.ears.clear();
    this.#feeds.clear();
    this.#watches.clear();
    this.#transport.close();
    this.#become("closed", "");
  }

  #open() {
    if (this.state === "closed") throw new Error("the connection was closed");
  }

  #leave(feed, ear) {
    if (!feed.ears.delete(ear) || feed.ears.size > 0) return;
    this.#feeds.delete(feed.pattern);
    this.#transport.unsubscribe(feed);
  }

  #become(state, why) {
    if (this.state === "closed" || this.state === state) return;
    this.state = state;
    if (this.onstate) call(this.onstate, state, why);
  }

  #refused(refusal) {
    if (this.onerror) call(this.onerror, refusal);
    else console.warn(`oriel: ${refusal.message}`, refusal);
  }
}

/** What one pattern brings, to all who want it: knows where it is and what may be lost. */
class Feed {
  ears = new Set();
  asked = false;
  #last = new Map();
  #gap = false;

  constructor(pattern, { latest = false, resume = true, conflate = true }) {
    this.pattern = pattern;
    this.tokens = pattern.split(".");
    this.wild = this.tokens.some((token) => token === "*" || token === ">");
    this.latest = Boolean(latest);
    this.resume = !this.wild && resume !== false;
    this.conflate = Boolean(conflate);
    this.cursor = typeof resume === "string" ? resume : null;
    if (this.cursor !== null && this.wild) throw new Error("a wildcard cannot be resumed");
    if (this.cursor !== null) parsed(this.cursor);
  }

  // Somebody else wants the same; says whether the broker has to be asked for more.
  join({ latest = false, resume = true, conflate = true }) {
    const before = [this.latest, this.resume, this.conflate];
    this.latest ||= Boolean(latest);
    this.resume ||= !this.wild && resume !== false;
    this.conflate ||= Boolean(conflate);
    return String(before) !== String([this.latest, this.resume, this.conflate]);
  }

  // Gives an ear what the others have had last.
  tell(ear) {
    const updates = [...this.#last.values()].map(({ update }) => update);
    queueMicrotask(() => updates.forEach((update) => this.ears.has(ear) && call(ear.handler, update)));
  }

  // There is another connection. What the broker cannot give again may be lost.
  reconnected() {
    this.#gap ||= this.asked && this.cursor === null;
  }

  // Whether some topic is meant by both.
  meets(other) {
    for (let at = 0; ; at += 1) {
      const [one, two] = [this.tokens[at], other.tokens[at]];
      if (one === undefined || two === undefined) return one === two;
      if (one === ">" || two === ">") return true;
      if (one !== two && one !== "*" && two !== "*") return false;
    }
  }

  // Hands on an update that came on the connection of that number, unless it was here before.
  take(update, connection) {
    const before = this.#last.get(update.topic);
    this.#gap ||= update.gap;
    // On one connection a topic's timestamps grow; on the next one it may begin with the
    // update that was the last.
    const again = before && (before.connection === connection
      ? update.timestamp <= before.update.timestamp : update.timestamp === before.update.timestamp);
    if (again) {
      before.connection = connection;
      // Of a single topic that says more: nothing was published in between.
      this.#gap &&= this.wild;
      return;
    }
    const told = { ...update, gap: this.#gap };
    this.#gap = false;
    this.#last.delete(update.topic);
    this.#last.set(update.topic, { update: told, connection });
    if (this.#last.size > TOPICS) this.#last.delete(this.#last.keys().next().value);
    if (this.resume) this.cursor = update.cursor ?? this.cursor;
    for (const ear of [...this.ears]) call(ear.handler, told);
  }
}

/** Everything over one WebSocket. */
class Socket {
  #link;
  #socket = null;
  #connection = 0;
  #pace = new Pace();
  // What waits for the first connection; none does any more once that was made or failed.
  #early = [];
  #answers = [];
  #quiet = 0;
  #listening = 0;
  #closed = false;

  constructor(link) {
    this.#link = link;
    this.#open();
  }

  subscribe(feed) {
    if (!this.#live()) return;
    const resume = feed.cursor === null ? true : parsed(feed.cursor);
    this.#send({
      type: "subscribe", topic: feed.pattern,
      ...(feed.latest && { latest: true }), ...(feed.resume && { resume }), ...(feed.conflate && { conflate: true }),
    });
    feed.asked = true;
  }

  unsubscribe(feed) {
    if (this.#live()) this.#send({ type: "unsubscribe", topic: feed.pattern });
  }

  watch({ topic }) {
    if (this.#live()) this.#send({ type: "subscribeNumSubscribers", topic });
  }

  unwatch({ topic }) {
    if (this.#live()) this.#send({ type: "unsubscribeNumSubscribers", topic });
  }

  publish(topic, text) {
    return this.#when(() => {
      if (this.#socket.bufferedAmount > WAITING) throw new Error("too much waits to be sent");
      this.#socket.send(`{"type":"publish","topic":${JSON.stringify(topic)},"data":${text}}`);
    });
  }

  latestTopics() {
    return this.#when(() => new Promise((fulfil, fail) => {
      this.#answers.push({ fulfil, fail });
      this.#send({ type: "getLatestTopics" });
    }));
  }

  close() {
    this.#closed = true;
    this.#pace.stop();
    this.#drop(new Error("the connection was closed"));
  }

  async #open() {
    let socket;
    try {
      const token = await this.#link.token();
      if (this.#closed) return;
      socket = token ? new WebSocket(this.#link.urls.socket, ["oriel", `bearer.${token}`]) : new WebSocket(this.#link.urls.socket);
    } catch (error) {
      // Not the error itself, which repeats the token.
      this.#lost(error?.name === "SyntaxError" ? "the token cannot be sent" : String(error?.message ?? error));
      return;
    }
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#heard(data);
    socket.onclose = ({ code, reason }) => this.#lost(reason || (code === 1006 ? "no connection" : `closed with ${code}`));
  }

  #opened() {
    this.#connection += 1;
    this.#pace.begun();
    this.#quiet = 0;
    this.#listening = setInterval(() => this.#listen(), SILENCE);
    // Before wildcards: what resumes then comes in its turn.
    const feeds = [...this.#link.feeds.values()].sort((a, b) => a.wild - b.wild);
    for (const feed of feeds) {
      feed.reconnected();
      this.subscribe(feed);
    }
    for (const watch of this.#link.watches.values()) this.watch(watch);
    for (const { act } of this.#early?.splice(0) ?? []) act();
    this.#early = null;
    this.#link.state("live", "");
  }

  // A browser shows no pings: only a question tells a quiet connection from a dead one.
  #listen() {
    this.#quiet += 1;
    if (this.#quiet === 2) this.latestTopics().catch(() => {});
    if (this.#quiet > 2) this.#lost("the broker is silent");
  }

  #heard(text) {
    this.#quiet = 0;
    const frame = JSON.parse(text);
    if (frame.type === "error") this.#link.refused({ code: frame.code, message: frame.message, topic: frame.topic ?? "" });
    if (frame.type !== "data") return;
    const { topic, data, timestamp, epoch, seq, gap = false, skipped = 0 } = frame;
    if (topic === LATEST) {
      this.#answers.shift()?.fulfil(data);
      return;
    }
    const watch = topic.endsWith(NUMBERS) && this.#link.watches.get(topic.slice(0, -NUMBERS.length));
    if (watch) {
      watch.number = data;
      for (const ear of [...watch.ears]) call(ear.handler, data);
    }
    const feed = this.#link.feeds.get(topic) ?? this.#wild(topic);
    feed?.take({ topic, data, timestamp, cursor: epoch === undefined ? null : `${epoch}:${seq}`, gap, skipped }, this.#connection);
  }

  #wild(topic) {
    const meant = { tokens: topic.split(".") };
    return [...this.#link.feeds.values()].find((feed) => feed.wild && feed.meets(meant));
  }

  #lost(why) {
    if (this.#closed) return;
    this.#drop(new Error(`no connection to the broker: ${why}`));
    this.#link.state("away", why);
    this.#pace.again(() => this.#open());
  }

  #drop(error) {
    clearInterval(this.#listening);
    if (this.#socket) {
      // One that is dead would tell so much later.
      this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
      this.#socket.close();
    }
    this.#socket = null;
    for (const { fail } of [...(this.#early ?? []), ...this.#answers.splice(0)]) fail(error);
    this.#early = null;
  }

  #live() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  // Does it now, or with the first connection, in the order in which it was asked for.
  async #when(act) {
    if (this.#live()) return act();
    if (this.#early === null) throw new Error("no connection to the broker");
    if (this.#early.length >= EARLY) throw new Error("too much waits for the connection");
    return new Promise((fulfil, fail) => this.#early.push({ act: () => fulfil(attempt(act)), fail }));
  }

  #send(frame) {
    this.#socket.send(JSON.stringify(frame));
  }
}

/** An event stream for each topic, and requests for all else. */
class Streams {
  #link;
  #streams = new Map();

  constructor(link) {
    this.#link = link;
  }

  subscribe(feed) {
    if (feed.wild) throw new Error("wildcards need the transport 'websocket'");
    const before = this.#streams.get(feed);
    before?.end();
    const stream = { open: false, ended: false, pace: new Pace(), abort: new AbortController(), connection: before?.connection ?? 0 };
    stream.end = () => {
      stream.ended = true;
      stream.pace.stop();
      stream.abort.abort();
    };
    this.#streams.set(feed, stream);
    this.#listen(feed, stream);
  }

  unsubscribe(feed) {
    this.#streams.get(feed)?.end();
    this.#streams.delete(feed);
    this.#tell("");
  }

  watch() {
    throw new Error("numbers of subscribers need the transport 'websocket'");
  }

  async publish(topic, text) {
    const headers = { "content-type": "application/json" };
    await this.#ask(this.#topic(topic), { method: "POST", headers, body: text });
  }

  async latestTopics() {
    const topics = await (await this.#ask(this.#link.urls.topics)).json();
    return topics.sort((a, b) => a.lastUpdated - b.lastUpdated).slice(-100).map(({ topic }) => topic);
  }

  close() {
    for (const stream of this.#streams.values()) stream.end();
    this.#streams.clear();
  }

  async #listen(feed, stream) {
    try {
      feed.reconnected();
      const asks = new URLSearchParams({ topic: feed.pattern, ...(feed.latest && { latest: "true" }) });
      const headers = feed.resume && feed.cursor !== null ? { "last-event-id": feed.cursor } : {};
      const answer = await this.#ask(`${this.#link.urls.events}?${asks}`, { headers, signal: stream.abort.signal, cache: "no-store" });
      feed.asked = true;
      stream.connection += 1;
      stream.open = true;
      stream.pace.begun();
      this.#tell("");
      await this.#read(feed, stream, answer.body);
      throw new Error("the broker ended the stream");
    } catch (error) {
      if (stream.ended) return;
      stream.open = false;
      // What is wrong with the request itself will be wrong the next time too.
      if (error.refusal) this.#link.refused({ ...error.refusal, topic: feed.pattern });
      if (error.refusal && ![401, 408, 429].includes(error.refusal.status) && error.refusal.status < 500) {
        this.#streams.delete(feed);
        this.#tell("");
        return;
      }
      this.#tell(error.message);
      stream.pace.again(() => this.#listen(feed, stream));
    }
  }

  async #read(feed, stream, body) {
    let gap = false;
    for await (const { event, data, id } of readEvents(watched(body))) {
      if (event === "gap") gap = true;
      if (event !== "message") continue;
      const { topic, data: value, timestamp, skipped = 0 } = JSON.parse(data);
      if (stream.ended) return;
      feed.take({ topic, data: value, timestamp, cursor: id || null, gap, skipped }, stream.connection);
      gap = false;
    }
  }

  #tell(why) {
    const streams = [...this.#streams.values()];
    if (streams.length === 0) return;
    if (streams.every(({ open }) => open)) this.#link.state("live", "");
    else if (why) this.#link.state("away", why);
  }

  #topic(topic) {
    return `${this.#link.urls.topics}/${encodeURIComponent(topic)}`;
  }

  async #ask(url, { headers = {}, ...rest } = {}) {
    const token = await this.#link.token();
    const all = token ? { ...headers, authorization: `Bearer ${token}` } : headers;
    const answer = await fetch(url, { ...rest, headers: all, credentials: "omit" });
    if (answer.ok) return answer;
    const told = await answer.json().catch(() => ({}));
    const message = told.message ?? `the broker answers ${answer.status}`;
    throw Object.assign(new Error(message), { refusal: { code: told.error ?? "error", message, topic: "", status: answer.status } });
  }
}

/**
 * Reads an event stream as browsers do: lines end in CR, LF or both, `data` may have many,
 * comments are passed over.
 * @param {ReadableStream<Uint8Array>} stream
 * @returns {AsyncGenerator<{event: string, data: string, id: string}>} the events; `id` is
 *   the last one that came, as it holds until the next
 */
export async function* readEvents(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let [rest, returned, id, event, data] = ["", false, "", "", []];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      // A CR was a line's end already; a LF behind it in the next piece is not another.
      const text = returned && value.startsWith("\n") ? value.slice(1) : value;
      if (value !== "") returned = value.endsWith("\r");
      const lines = (rest + text).split(/\r\n|\r|\n/);
      rest = lines.pop();
      if (rest.length > LINE) throw new Error("a line of the event stream is too long");
      for (const line of lines) {
        const [, name, content] = line.match(/^([^:]*)(?:: ?)?([^]*)$/);
        if (line === "") {
          if (data.length > 0) yield { event: event || "message", data: data.join("\n"), id };
          [event, data] = ["", []];
        } else if (name === "data") data.push(content);
        else if (name === "event") event = content;
        else if (name === "id" && !content.includes("\0")) id = content;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

// A stream that fails when it brings nothing for too long: a dead one would not tell.
function watched(stream) {
  let timer = 0;
  const watch = (controller) => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.error(new Error("the broker is silent")), STREAM_SILENCE);
  };
  return stream.pipeThrough(new TransformStream({
    start: watch,
    transform(piece, controller) {
      watch(controller);
      controller.enqueue(piece);
    },
    flush: () => clearTimeout(timer),
    cancel: () => clearTimeout(timer),
  }));
}

/** When to try again. */
class Pace {
  #tries = 0;
  #since = null;
  #timer = 0;
  #online = null;

  begun() {
    this.#since = Date.now();
  }

  again(act) {
    if (this.#since !== null && Date.now() - this.#since >= GOOD) this.#tries = 0;
    this.#since = null;
    const wait = Math.min(LONGEST, SHORTEST * 2 ** this.#tries) * (1 - Math.random() / 2);
    this.#tries += 1;
    this.stop();
    this.#online = () => {
      this.stop();
      act();
    };
    this.#timer = setTimeout(this.#online, wait);
    globalThis.addEventListener?.("online", this.#online);
  }

  stop() {
    clearTimeout(this.#timer);
    globalThis.removeEventListener?.("online", this.#online);
  }
}

function addresses(url) {
  const base = new URL(url, globalThis.location?.href);
  if (base.username || base.password || base.search) throw new TypeError("no user, password or query in a broker's URL: a token is an option");
  base.hash = "";
  base.protocol = base.protocol.replace(/^ws/, "http");
  base.pathname = `${base.pathname.replace(/\/?(pubsub)?$/, "")}/`;
  const socket = new URL("pubsub", base);
  socket.protocol = base.protocol.replace(/^http/, "ws");
  return { socket: socket.href, topics: new URL("ws/v1/pubsub/topics", base).href, events: new URL("ws/v1/pubsub/events", base).href };
}

function parsed(cursor) {
  const [, epoch, seq] = cursor.match(/^([0-9a-f]{16}):(\d+)$/i) ?? [];
  if (epoch === undefined) throw new TypeError("a cursor is EPOCH:SEQ as updates have it");
  return { epoch, seq: Number(seq) };
}

// A handler that fails is the page's fault, and must not stop the others.
function call(handler, ...values) {
  try {
    handler(...values);
  } catch (error) {
    globalThis.reportError ? globalThis.reportError(error) : console.error(error);
  }
}

// A promise of what an act gives, or of why it fails.
async function attempt(act) {
  return act();
}
