// A server for the page that does what a test tells it: REST from memory, sessions by hand.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';

import { CATALOG } from './catalog.mjs';

const UI = fileURLToPath(new URL('../../ui/', import.meta.url));
const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** The headers of the real server: what they forbid must not be needed. */
const HEADERS = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export const TOKEN = 'a-token-for-tests';

/** An agent as files have it, for tests. */
export function agentSpec(name, more = {}) {
  return {
    name,
    status: 'created',
    transport: 'websocket',
    system_prompt: 'Be brief.',
    llm_streaming: true,
    models: {
      pocketsphinx: { type: 'stt', class: 'pocketsphinx' },
      script: { type: 'llm', class: 'script' },
      flite: { type: 'tts', class: 'flite' },
      silero: { type: 'vad', class: 'silero' },
    },
    pipeline: { stt: 'pocketsphinx', llm: 'script', tts: 'flite', vad: 'silero' },
    vad_threshold: 0.7,
    ...more,
  };
}

/** One connection of the page. */
class FakeSession {
  constructor(socket, agent) {
    this.socket = socket;
    this.agent = agent;
    this.messages = [];
    this.audioBytes = 0;
    this.loudest = 0;
    this.startedAt = performance.now();
    this.waiting = [];
    socket.on('message', (data, isBinary) => {
      if (isBinary) {
        this.audioBytes += data.length;
        for (let i = 0; i + 1 < data.length; i += 2) this.loudest = Math.max(this.loudest, Math.abs(data.readInt16LE(i)));
      } else {
        this.messages.push(JSON.parse(data));
      }
      this.wake();
    });
    socket.on('close', (code) => {
      this.closeCode = code;
      this.wake();
    });
  }

  wake() {
    for (const each of this.waiting) each();
  }

  /** Waits until `condition` holds of this session, looking again at everything that comes. */
  async until(condition, what = String(condition)) {
    if (condition(this)) return;
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`timed out waiting for: ${what}`)), 20_000);
      const look = () => {
        if (!condition(this)) return;
        clearTimeout(timer);
        this.waiting = this.waiting.filter((each) => each !== look);
        resolve();
      };
      this.waiting.push(look);
    });
  }

  /** All messages of a type. */
  all(type) {
    return this.messages.filter((message) => message.type === type);
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  event(type, fields = {}) {
    this.send({ type: 'event', event: { at_ms: performance.now() - this.startedAt, type, ...fields } });
  }

  state(state) {
    this.event('state', { state });
  }

  /** Sends audio of an utterance: a function from the sample's number to its value, -1 to 1. */
  audio(generation, samples, wave = (n) => 0.5 * Math.sin((2 * Math.PI * 440 * n) / 24000)) {
    const frame = Buffer.alloc(4 + samples * 2);
    frame.writeUInt32LE(generation, 0);
    for (let i = 0; i < samples; i += 1) frame.writeInt16LE(Math.round(wave(i) * 32767), 4 + 2 * i);
    this.socket.send(frame);
  }

  /** Sends audio as a server would: at most 200 ms ahead; `isOver` may end it early. */
  async speak(generation, ms, isOver = () => false) {
    const start = performance.now();
    for (let sent = 0; sent < ms && !isOver(); sent += 20) {
      this.audio(generation, 480, (n) => 0.5 * Math.sin((2 * Math.PI * 440 * ((sent / 20) * 480 + n)) / 24000));
      const ahead = sent - (performance.now() - start);
      if (ahead > 180) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Starts one; `close()` ends it. */
export async function startFakeServer() {
  const server = new FakeServer();
  await server.listen();
  return server;
}

class FakeServer {
  constructor() {
    this.catalog = structuredClone(CATALOG);
    this.machine = { ollama: null, keys: [] };
    this.agents = new Map();
    this.secrets = new Map();
    this.sessions = [];
    this.previews = [];
    this.requests = [];
    /** What the next writes of agents are refused with. */
    this.problems = null;
    this.tickets = new Map();
    this.loggedIn = false;
    this.refuseTickets = 0;
    /** Called for every new session, after its hello was answered. */
    this.onSession = () => {};
  }

  async listen() {
    this.http = createServer((request, response) => this.answer(request, response));
    this.websockets = new WebSocketServer({ noServer: true });
    this.http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    await new Promise((resolve) => this.http.listen(0, '127.0.0.1', resolve));
    this.port = this.http.address().port;
    this.url = `http://127.0.0.1:${this.port}/`;
  }

  async close() {
    for (const { socket } of this.sessions) socket.terminate();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  add(spec) {
    this.agents.set(spec.name, spec);
  }

  /** The newest session, once there are this many. */
  async session(count = 1) {
    const end = performance.now() + 20_000;
    while (this.sessions.length < count || !this.sessions[count - 1].isReady) {
      if (performance.now() > end) throw new Error(`only ${this.sessions.length} of ${count} sessions came`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return this.sessions[count - 1];
  }

  upgrade(request, socket, head) {
    const url = new URL(request.url, this.url);
    const agent = this.tickets.get(url.searchParams.get('ticket'));
    this.tickets.delete(url.searchParams.get('ticket'));
    if (!agent || url.pathname !== '/api/talk' || request.headers['sec-websocket-protocol'] !== 'rooh.v1') {
      socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      return;
    }
    this.websockets.handleUpgrade(request, socket, head, async (websocket) => {
      const session = new FakeSession(websocket, agent);
      this.sessions.push(session);
      await session.until(({ messages }) => messages[0]?.type === 'hello', 'hello').catch(() => websocket.close(1008));
      const [{ input_rate, output_rate }] = session.messages;
      session.send({ type: 'ready', version: 1, session: `s${this.sessions.length}`, agent, input_rate, output_rate });
      session.isReady = true;
      this.onSession(session);
    });
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    let body = '';
    for await (const chunk of request) body += chunk;
    const reply = (status, value) => {
      const isBytes = Buffer.isBuffer(value);
      response.writeHead(status, { ...HEADERS, 'content-type': isBytes ? 'audio/wav' : 'application/json' });
      response.end(value === undefined ? '' : isBytes ? value : JSON.stringify(value));
    };
    if (!url.pathname.startsWith('/api/')) {
      await this.file(url.pathname, response);
      return;
    }
    this.requests.push(`${request.method} ${url.pathname}`);
    try {
      const [status, value] = this.api(request.method, url.pathname, body ? JSON.parse(body) : undefined, request, response);
      reply(status, value);
    } catch (error) {
      reply(500, { error: { code: 'unexpected', message: String(error), request_id: 'r' } });
    }
  }

  async file(path, response) {
    const name = normalize(path === '/' ? '/index.html' : path);
    try {
      const bytes = await readFile(join(UI, name));
      response.writeHead(200, { ...HEADERS, 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' });
      response.end(bytes);
    } catch {
      response.writeHead(404, HEADERS);
      response.end();
    }
  }

  api(method, path, body, request, response) {
    const refuse = (status, code, message, problems) => [status, { error: { code, message, request_id: 'r1', problems } }];
    if (path === '/api/login') {
      if (body.token !== TOKEN) return refuse(401, 'unauthorized', 'wrong token');
      response.setHeader('set-cookie', 'rooh=yes; HttpOnly; SameSite=Strict; Path=/');
      return [204];
    }
    if (!request.headers.cookie?.includes('rooh=yes')) return refuse(401, 'unauthorized', 'sign in first');
    const [, , resource, rawName, action, model, field] = path.split('/');
    const name = rawName && decodeURIComponent(rawName);
    switch (`${method} ${resource}`) {
      case 'GET version':
        return [200, { version: '0.1.0', protocol: 1 }];
      case 'GET catalog':
        return [200, this.catalog];
      case 'GET machine':
        return [200, this.machine];
      case 'POST voice-preview':
        this.previews.push(body);
        return this.problems ? refuse(422, 'invalid', 'the voice cannot be built', this.problems) : [200, toneWav()];
      case 'POST tickets': {
        if (this.refuseTickets > 0) {
          this.refuseTickets -= 1;
          return refuse(503, 'unavailable', 'The server is starting.');
        }
        if (!this.agents.has(body.agent)) return refuse(404, 'not_found', 'no such agent');
        const ticket = `t${Math.random()}`;
        this.tickets.set(ticket, body.agent);
        return [201, { ticket, agent: body.agent, expires_in: 30 }];
      }
      case 'GET agents':
        if (!name) return [200, { agents: [...this.agents.values()].map(listed) }];
        if (action === 'secrets') return this.secretInfo(name, model, field);
        return this.agents.has(name) ? [200, this.agents.get(name)] : refuse(404, 'not_found', 'no such agent');
      case 'POST agents':
        if (action === 'activate') {
          for (const agent of this.agents.values()) agent.status = agent.name === name ? 'active' : 'inactive';
          return [200, this.agents.get(name)];
        }
        if (this.problems) return refuse(422, 'invalid', 'the agent has problems', this.problems);
        if (this.agents.has(body.name)) return refuse(409, 'conflict', 'there is an agent of this name');
        return [201, this.keep({ ...body, status: 'created' })];
      case 'PUT agents':
        if (action === 'secrets') {
          this.secrets.set(`${name}/${model}/${field}`, body.value);
          return this.secretInfo(name, model, field);
        }
        if (this.problems) return refuse(422, 'invalid', 'the agent has problems', this.problems);
        return [200, this.keep(body)];
      case 'DELETE agents':
        this.agents.delete(name);
        return [204];
      default:
        return refuse(404, 'not_found', 'there is no such thing');
    }
  }

  /** Keys that come with an agent are kept apart from it. */
  keep({ secrets = {}, ...spec }) {
    for (const [model, fields] of Object.entries(secrets)) {
      for (const [field, value] of Object.entries(fields)) this.secrets.set(`${spec.name}/${model}/${field}`, value);
    }
    this.add(spec);
    return spec;
  }

  secretInfo(name, model, field) {
    const value = this.secrets.get(`${name}/${model}/${field}`);
    return value === undefined
      ? [200, { set: false }]
      : [200, { set: true, last4: value.slice(-4), source: 'file' }];
  }
}

function listed({ name, status, pipeline, error }) {
  return error ? { name, error } : { name, status, transport: 'websocket', pipeline };
}

/** A second of a tone, as a WAV file. */
function toneWav() {
  const rate = 16000;
  const wav = Buffer.alloc(44 + rate * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + rate * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(rate * 2, 40);
  for (let i = 0; i < rate; i += 1) wav.writeInt16LE(Math.round(8000 * Math.sin(i / 6)), 44 + 2 * i);
  return wav;
}
