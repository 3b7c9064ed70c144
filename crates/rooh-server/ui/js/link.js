// The WebSocket to a session: tickets, the handshake, keeping alive, and coming back after a break.

import { api } from './api.js';

/** The version of the protocol in docs/wire.md. */
const VERSION = 1;
const PROTOCOL = 'rooh.v1';
/** The page records at what recognizers want, and plays at what voices have. */
export const INPUT_RATE = 16000;
export const OUTPUT_RATE = 24000;

/** A connection that says nothing for this long is asked whether it is still there. */
const PING_EVERY = 10_000;
/** And if it does not answer within this, it counts as broken. */
const PONG_WITHIN = 8_000;
/** The first try comes after this; every further one waits twice as long, up to the longest. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
/** More than a second of audio that has not left is late anyway, and would exceed the rate allowed. */
const LONGEST_BACKLOG = INPUT_RATE * 2;
/** Closings after which the same again would only fail the same. */
const FINAL_CODES = new Set([1000, 1003, 1007, 1008, 1009]);

/**
 * Talks to one agent, and connects again when the connection breaks.
 *
 * Calls its listener with what happens:
 * `connecting`, `ready`, `audio`, `clear`, `hold`, `release`, `audio_end`, `event`, `error`,
 * `waiting` (with the delay until the next try), `closed`.
 */
export class Link {
  /**
   * @param {string} agent
   * @param {object} listener functions by what happens; those that are absent are not called
   */
  constructor(agent, listener) {
    this.agent = agent;
    this.listener = listener;
    this.socket = null;
    this.isLive = false;
    this.isWanted = false;
    this.tries = 0;
    this.timer = 0;
    this.pinger = 0;
    this.dropped = 0;
    this.goOn = () => this.isWanted && this.timer && this.connect();
  }

  /** Connects, and stays connected until it is closed. */
  open() {
    this.isWanted = true;
    this.tries = 0;
    addEventListener('online', this.goOn);
    this.connect();
  }

  /** Ends the session and the connection. */
  close() {
    this.isWanted = false;
    removeEventListener('online', this.goOn);
    clearTimeout(this.timer);
    if (this.isLive) this.send({ type: 'end' });
    this.drop();
  }

  /** Sends a message, if there is a session; returns whether it was sent. */
  send(message) {
    if (!this.isLive || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Sends the next stretch of the microphone. */
  sendAudio(pcm) {
    if (!this.isLive || this.socket?.readyState !== WebSocket.OPEN) return;
    if (this.socket.bufferedAmount > LONGEST_BACKLOG) {
      this.dropped += 1;
      return;
    }
    this.socket.send(pcm);
  }

  async connect() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.tell('connecting', this.tries);
    let ticket;
    try {
      ({ ticket } = await api.ticket(this.agent));
    } catch (error) {
      if (!this.isWanted) return;
      if (error.isTransient) this.waitAndRetry(error.message);
      else this.giveUp({ status: error.status, message: error.message, problems: error.problems });
      return;
    }
    if (!this.isWanted) return;
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const address = `${scheme}://${location.host}/api/talk?ticket=${encodeURIComponent(ticket)}`;
    const socket = new WebSocket(address, PROTOCOL);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onopen = () => {
      socket.send(
        JSON.stringify({
          type: 'hello',
          version: VERSION,
          input_rate: INPUT_RATE,
          output_rate: OUTPUT_RATE,
          echo_cancelled: true,
          holds: true,
        }),
      );
    };
    socket.onmessage = ({ data }) => this.receive(data);
    socket.onclose = ({ code }) => this.onClosed(socket, code);
  }

  receive(data) {
    this.heardAt = performance.now();
    if (data instanceof ArrayBuffer) {
      if (data.byteLength < 4) return;
      const generation = new DataView(data).getUint32(0, true);
      this.tell('audio', generation, data.slice(4));
      return;
    }
    const message = JSON.parse(data);
    switch (message.type) {
      case 'ready':
        this.isLive = true;
        this.tries = 0;
        this.keepAlive();
        this.tell('ready', message);
        break;
      case 'event':
        if (message.event?.type === 'session_ended') this.ending = message.event.reason;
        this.tell('event', message.event ?? message);
        break;
      case 'error':
        this.lastError = message.message;
        this.tell('error', message);
        break;
      case 'audio_end':
      case 'clear':
      case 'release':
        this.tell(message.type, message.generation);
        break;
      case 'hold':
        this.tell('hold', message.generation, message.ms);
        break;
    }
  }

  keepAlive() {
    clearInterval(this.pinger);
    this.heardAt = performance.now();
    let asked = 0;
    let id = 0;
    this.pinger = setInterval(() => {
      const now = performance.now();
      if (asked > this.heardAt && now - asked > PONG_WITHIN) {
        // The browser itself may take minutes to notice that the other side is gone.
        const socket = this.socket;
        this.drop();
        this.onClosed(socket, 1006);
      } else if (asked <= this.heardAt && now - this.heardAt > PING_EVERY) {
        asked = now;
        id += 1;
        this.send({ type: 'ping', id });
      }
    }, 1000);
  }

  onClosed(socket, code) {
    // A socket that was replaced or dropped has nothing to say any more.
    if (this.socket !== socket && this.socket !== null) return;
    const ending = this.ending;
    this.ending = undefined;
    this.drop();
    if (!this.isWanted) return;
    if (ending || FINAL_CODES.has(code)) {
      this.giveUp({ code, ending, message: this.lastError });
    } else {
      this.waitAndRetry(this.lastError, code);
    }
    this.lastError = undefined;
  }

  waitAndRetry(message, code) {
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.tries);
    // A little chance keeps many pages from coming back in the same instant.
    const delay = wait * (0.75 + Math.random() / 2);
    this.tries += 1;
    this.tell('waiting', { delay, tries: this.tries, message, code });
    this.timer = setTimeout(() => this.connect(), delay);
  }

  giveUp(reason) {
    this.isWanted = false;
    removeEventListener('online', this.goOn);
    this.tell('closed', reason);
  }

  drop() {
    clearInterval(this.pinger);
    this.isLive = false;
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onmessage = null;
      socket.onclose = null;
      socket.close(1000);
    }
  }

  tell(what, ...details) {
    this.listener[what]?.(...details);
  }
}
