// The server's REST interface, as functions.

import { TROUBLE } from './words.js';

/** An answer that is not the one we wanted, with what the server said about it. */
export class ApiError extends Error {
  /**
   * @param {number} status 0 where there was no answer at all
   * @param {string} code
   * @param {string} message
   * @param {{path: string, message: string}[]} problems
   */
  constructor(status, code, message, problems = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.problems = problems;
  }

  /** Whether trying again later may help. */
  get isTransient() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

async function call(method, path, body) {
  const request = { method, credentials: 'same-origin', headers: { accept: 'application/json' } };
  if (body !== undefined) {
    request.headers['content-type'] = 'application/json';
    request.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new ApiError(0, 'unreachable', TROUBLE.unreachable);
  }
  if (!response.ok) throw await failure(response);
  return response;
}

async function failure(response) {
  const text = await response.text().catch(() => '');
  let error = {};
  try {
    error = JSON.parse(text).error ?? {};
  } catch {
    // An answer that is no JSON comes from something between us and the server.
  }
  const message = error.message ?? `The server answered ${response.status}.`;
  return new ApiError(response.status, error.code ?? 'unknown', message, error.problems ?? []);
}

async function json(method, path, body) {
  const response = await call(method, path, body);
  return response.status === 204 ? null : response.json();
}

const agentPath = (name) => `/api/agents/${encodeURIComponent(name)}`;
const secretPath = (name, model, field) =>
  `${agentPath(name)}/secrets/${encodeURIComponent(model)}/${encodeURIComponent(field)}`;

const withSecrets = (spec, secrets) => (Object.keys(secrets).length > 0 ? { ...spec, secrets } : spec);

export const api = {
  login: (token) => json('POST', '/api/login', { token }),
  version: () => json('GET', '/api/version'),
  catalog: () => json('GET', '/api/catalog'),
  machine: () => json('GET', '/api/machine'),
  agents: () => json('GET', '/api/agents'),
  agent: (name) => json('GET', agentPath(name)),
  /** Keys travel beside the agent, so that it can be checked with them; the server keeps them apart. */
  createAgent: (spec, secrets) => json('POST', '/api/agents', withSecrets(spec, secrets)),
  replaceAgent: (name, spec, secrets) => json('PUT', agentPath(name), withSecrets(spec, secrets)),
  deleteAgent: (name) => json('DELETE', agentPath(name)),
  activateAgent: (name) => json('POST', `${agentPath(name)}/activate`),
  secret: (name, model, field) => json('GET', secretPath(name, model, field)),
  ticket: (agent) => json('POST', '/api/tickets', { agent }),
  /** A spoken sentence, as the bytes of a WAV file. */
  voicePreview: async (request) => (await call('POST', '/api/voice-preview', request)).arrayBuffer(),
};
