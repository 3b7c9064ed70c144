// What the page says: states, troubles and their remedies, in words that anyone understands.

/** What went wrong between the page, the machine and the server. */
export const TROUBLE = {
  unreachable: 'The server does not answer. Is it still running?',
  signedOut: 'This page is not signed in. Open the link that the server printed when it started, or paste its token here.',
  badToken: 'That token is not the one that the server printed.',
};

/** States of a conversation, as the pill in the header shows them. */
export const STATES = {
  idle: 'Ready',
  connecting: 'Connecting',
  listening: 'Listening',
  processing: 'Thinking',
  speaking: 'Speaking',
  interrupting: 'Interrupted',
  closed: 'Ended',
  waiting: 'Reconnecting',
};

/** The steps of the wizard: their names, and what they ask. */
export const STEPS = [
  { id: 'stt', icon: 'ear', name: 'Ears', tag: 'STT', title: 'How does it listen?', kind: 'Speech to text' },
  { id: 'llm', icon: 'mind', name: 'Mind', tag: 'LLM', title: 'How does it think?', kind: 'Language model' },
  { id: 'tts', icon: 'voice', name: 'Voice', tag: 'TTS', title: 'How does it speak?', kind: 'Text to speech' },
  { id: 'review', icon: 'check', name: 'Review', title: 'Who is it?', kind: 'Name and manners' },
];

/** Why a conversation ended. */
export const ENDINGS = {
  agent_ended: 'The agent ended the conversation.',
  dropped: 'The server ended the conversation.',
  failed: 'The conversation ended because something failed.',
  no_input: 'The conversation ended because nothing was said for a while.',
  too_long: 'The conversation reached its longest duration.',
  user_left: 'You ended the conversation.',
};

/** What the parts of a gap are. */
export const PARTS = {
  endpointing: ['Noticing you had finished', 'silence that showed that your turn was over'],
  stt: ['Writing down', 'until the words of your turn were there'],
  hooks: ['Hooks', 'until the application had looked at them'],
  llm: ['Thinking', 'until the first words of the answer'],
  clause: ['First clause', 'until enough of it was there to be spoken'],
  tts: ['Finding a voice', 'until the first sound was made'],
  playout: ['On its way to you', 'until you heard it'],
};

/** The roles that providers have. */
export const ROLES = {
  stt: 'speech recognition',
  llm: 'the language model',
  tts: 'the voice',
  vad: 'speech detection',
  turn: 'turn detection',
  realtime: 'the speech model',
};

const KINDS = {
  auth: 'was refused: the key is missing or wrong',
  config: 'is not set up correctly',
  network: 'could not be reached',
  not_found: 'was not found',
  protocol: 'answered in a way that makes no sense',
  rate_limited: 'is over its limit; wait a little, or use another one',
  timeout: 'took too long to answer',
  unexpected: 'failed',
  unsupported: 'cannot do what was asked',
};

const capitalized = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** An `error` event as a sentence, with what was said about it. */
export function providerTrouble({ kind, message, provider }) {
  const who = capitalized(ROLES[provider] ?? 'something');
  return { title: `${who} ${KINDS[kind] ?? 'failed'}.`, detail: message ?? '' };
}

/** Why the microphone cannot be used, and what to do. */
export function microphoneTrouble(error) {
  switch (error?.name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'The browser may not use the microphone. Allow it next to the address bar, then start again; you can type meanwhile.';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'No microphone was found. Plug one in and start again; you can type meanwhile.';
    case 'NotReadableError':
    case 'AbortError':
      return 'Another program holds the microphone. Close it and start again; you can type meanwhile.';
    case 'InsecureContextError':
      return 'Browsers give the microphone only to pages on this machine or over https. You can type.';
    default:
      return 'The microphone could not be opened. You can type.';
  }
}

/** Why a WebSocket closed, if that needs saying. */
export function closeTrouble(code) {
  switch (code) {
    case 1003:
    case 1007:
    case 1008:
    case 1009:
      return 'The server refused something that this page sent. Reload the page; if it happens again, please report it.';
    case 1011:
      return 'The server failed.';
    case 1013:
      return 'The server is full.';
    default:
      return 'The connection was lost.';
  }
}

/** A duration as people read it: `820 ms`, `2.4 s`. */
export function duration(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
