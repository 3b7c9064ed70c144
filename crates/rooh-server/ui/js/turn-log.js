// What a conversation's last minute was made of: voices, pauses and what was decided in them.

import { PARTS, duration } from './words.js';

/** What is older leaves the log, in milliseconds: twice what the drawing shows. */
const KEPT = 60_000;
/** How many decisions are listed. */
const LISTED = 60;

/** Why a turn was taken for finished. */
const REASONS = {
  complete: 'finished, by its words or its sound',
  manual: 'finished by hand',
  no_words: 'a voice went on, but no words came of it',
  recognizer: 'finished, says the recognizer',
  silence: 'silent for long enough',
  too_long: 'too long',
};

/** Why a filler is said. */
const FILLERS = {
  late: 'The answer is later than it should be',
  predicted: 'Answers have taken so long that this one will be late',
  tool: 'A tool runs that takes its time',
};

/** What each class of words says. */
const WORDS = {
  unknown: 'no words yet',
  hesitating: 'a hesitation',
  open: 'no place to end',
  partial: 'a part of the answer',
  neutral: 'neither open nor closed',
  closed: 'a whole sentence',
  answer: 'the whole answer',
};

/** The log: fed with events, read by whoever draws. It knows no page. */
export class TurnLog {
  constructor() {
    this.clear();
  }

  clear() {
    /** The session time of the newest event. */
    this.now = 0;
    /** The user's voice: `{from, to}`, without `to` while it lasts. */
    this.voice = [];
    /** How likely speech was: `{at, speech}`. */
    this.levels = [];
    /** Pauses: `{from, to, judgements, outcome}`. */
    this.pauses = [];
    /** Utterances of the agent: `{generation, from, to, outcome}`. */
    this.replies = [];
    /** Answers that were prepared: `{generation, from, to, outcome}`. */
    this.prepared = [];
    /** Short words before answers that are late: `{generation, from, to}`. */
    this.fillers = [];
    /** Gaps before answers: `{from, to, parts: [{name, from, to}]}`. */
    this.gaps = [];
    /** What was decided: `{id, at, title, lines, pause}`. */
    this.decisions = [];
    /** The pause that was taken for an end, until the words of the turn are there. */
    this.ending = null;
    this.lastId = 0;
  }

  /** Takes in an event; returns whether it changed anything. */
  take(event) {
    const handler = HANDLERS[event.type];
    if (!handler || !Number.isFinite(event.at_ms)) return false;
    if (event.type === 'session_started') this.clear();
    this.now = Math.max(this.now, event.at_ms);
    handler(this, event, event.at_ms);
    this.forget();
    return true;
  }

  forget() {
    const isKept = ({ to, at }) => (to ?? at ?? Infinity) > this.now - KEPT;
    for (const list of ['voice', 'levels', 'pauses', 'replies', 'prepared', 'fillers', 'gaps']) {
      if (this[list].length > 0 && !isKept(this[list][0])) this[list] = this[list].filter(isKept);
    }
    this.decisions.splice(0, this.decisions.length - LISTED);
  }

  decide(at, title, lines = [], pause = null) {
    this.lastId += 1;
    const decision = { id: this.lastId, at, title, lines, pause };
    this.decisions.push(decision);
    return decision;
  }

  /** What is still going on in a list. */
  open(list) {
    const last = this[list].at(-1);
    return last && last.to === undefined ? last : null;
  }

  end(list, at, outcome) {
    const open = this.open(list);
    if (open) Object.assign(open, { to: Math.max(open.from, at), outcome: outcome ?? open.outcome });
    return open;
  }

  of(list, generation) {
    return this[list].findLast((each) => each.generation === generation);
  }

  endPause(at, outcome) {
    const pause = this.end('pauses', at, outcome);
    if (pause) describe(pause);
    return pause;
  }
}

const HANDLERS = {
  session_started() {},
  level(log, { speech }, at) {
    log.levels.push({ at, speech: Math.max(0, Math.min(1, Number(speech) || 0)) });
  },
  speech_started(log, _event, at) {
    log.endPause(at, 'goes on');
    if (!log.open('voice')) log.voice.push({ from: at });
  },
  speech_stopped(log, _event, at) {
    log.end('voice', at);
  },
  pause_judged(log, event, at) {
    const from = at - event.pause_ms;
    let pause = log.open('pauses');
    if (!pause) {
      pause = { from, judgements: [] };
      pause.decision = log.decide(from, '', [], pause);
      log.pauses.push(pause);
      // That somebody stopped is noticed a little later than it is so.
      const voice = log.voice.at(-1);
      if (voice?.to > from && voice.from < from) voice.to = from;
    }
    pause.judgements.push({ ...event, at });
    describe(pause);
  },
  state(log, { state }, at) {
    if (state === 'processing') {
      log.ending = log.endPause(at, 'Your turn is over');
    } else if (log.ending && state === 'listening') {
      Object.assign(log.ending, { outcome: 'taken for the end of a turn, of which no words came' });
      describe(log.ending);
      log.ending = null;
    }
  },
  pause_scored(log, { by, probability, took_ms: took }, at) {
    const who = by === 'semantic' ? 'Meaning' : 'Sound';
    log.decide(at, `${who} judged: ${percent(probability)} over`, [`It took ${duration(took)}.`]);
  },
  user_turn(log, { reason, silence_ms: silence }, at) {
    const pause = log.open('pauses') ?? log.ending;
    const title = `Your turn is over: ${REASONS[reason] ?? reason}`;
    log.ending = null;
    if (pause) {
      Object.assign(pause, { to: pause.from + silence, outcome: title });
      describe(pause);
    }
    log.decide(at, title, [`After ${duration(silence)} of silence.`], pause);
  },
  user_turn_taken_back(log, { silence_ms: silence }, at) {
    if (log.ending) {
      Object.assign(log.ending, { outcome: 'taken for the end, and taken back' });
      describe(log.ending);
    }
    log.ending = null;
    log.decide(at, 'Your turn goes on after all', [`It was taken for finished after ${duration(silence ?? 0)} of silence.`]);
  },
  user_turn_held(log, _event, at) {
    log.endPause(at, 'is given back to you');
    log.decide(at, 'The turn is given back to you');
  },
  filler_started(log, { generation, text, reason, waited_ms: waited, expected_ms: expected }, at) {
    log.fillers.push({ generation, from: at });
    const lines = [`${FILLERS[reason] ?? reason}; heard ${duration(waited ?? 0)} after your turn.`];
    if (expected !== undefined) lines.push(`The answer was expected after ${duration(expected)}.`);
    log.decide(at, `Says “${text}” meanwhile`, lines);
  },
  filler_finished(log, { generation }, at) {
    const filler = log.of('fillers', generation);
    if (filler && filler.to === undefined) filler.to = at;
  },
  reply_prepared(log, { generation }, at) {
    log.prepared.push({ generation, from: at });
    log.decide(at, 'An answer is prepared');
  },
  reply_discarded(log, { generation }, at) {
    const prepared = log.of('prepared', generation);
    if (prepared) Object.assign(prepared, { to: at, outcome: 'discarded' });
    log.decide(at, 'The prepared answer is thrown away');
  },
  reply_started(log, { generation }, at) {
    const prepared = log.of('prepared', generation);
    if (prepared && prepared.to === undefined) Object.assign(prepared, { to: at, outcome: 'used' });
    log.end('replies', at, 'finished');
    log.replies.push({ generation, from: at });
  },
  reply_finished(log, { generation }, at) {
    const reply = log.of('replies', generation);
    if (reply && reply.to === undefined) Object.assign(reply, { to: at, outcome: 'finished' });
  },
  interrupted(log, { generation, position_ms: position }, at) {
    const reply = log.of('replies', generation);
    if (reply) Object.assign(reply, { to: at, outcome: 'interrupted' });
    log.decide(at, 'You cut the agent off', [`After ${duration(position ?? 0)} of what it said.`]);
  },
  reply_taken_back(log, { generation, position_ms: position }, at) {
    for (const list of ['replies', 'prepared']) {
      const reply = log.of(list, generation);
      if (reply && (list === 'replies' || reply.to === undefined)) Object.assign(reply, { to: at, outcome: 'taken back' });
    }
    log.decide(at, 'The answer is taken back: you went on', [`${duration(position ?? 0)} of it were heard.`]);
  },
  turn_timing(log, { gap_ms: gap, parts = [] }, at) {
    let from = at - gap;
    const drawn = parts.map(({ name, ms }) => {
      const part = { name, from, to: from + ms };
      from += ms;
      return part;
    });
    log.gaps.push({ from: at - gap, to: at, parts: drawn });
    const named = parts.filter(({ ms }) => ms >= 0.5).map(({ name, ms }) => `${PARTS[name]?.[0] ?? name} ${duration(ms)}`);
    log.decide(at, `Answered after ${duration(gap)}`, named);
  },
  session_ended(log, _event, at) {
    log.end('voice', at);
    log.end('replies', at, 'finished');
    log.end('prepared', at, 'discarded');
    log.endPause(at, 'the conversation ended');
  },
};

/** What makes a wait shorter or longer, in the order in which people ask. */
const SIGNALS = ['words', 'audio', 'semantic', 'recognizer', 'speaker'];

const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
const percent = (probability) => `${Math.round(probability * 100)} %`;
const times = (factor) => `× ${factor.toFixed(2)}`;

/** What each signal of a judgement says, and what it makes of the wait. */
export function signals({ words, rule, audio, semantic, factors = {} }) {
  const known = [
    ['words', 'Words', `${WORDS[words] ?? words}${rule && words !== 'unknown' ? ` (${rule})` : ''}`],
    ['audio', 'Sound', audio === undefined ? '' : `${percent(audio)} over`],
    ['semantic', 'Meaning', semantic === undefined ? '' : `${percent(semantic)} over`],
    ['recognizer', 'Recognizer', 'judges turns'],
    ['speaker', 'Your pauses', 'so far'],
  ];
  return known
    .map(([name, title, says]) => ({ name, title, says, factor: factors[name] ?? 1 }))
    .filter(({ name, says, factor }) => factor !== 1 || (says && !['recognizer', 'speaker'].includes(name)));
}

/** `1.00 s × 0.60 × 0.90 = 0.54 s`, and what held it where it is. */
export function formula({ base_ms: base, wait_ms: wait, factors = {} }) {
  const used = SIGNALS.map((name) => factors[name] ?? 1).filter((factor) => factor !== 1);
  const product = used.reduce((all, factor) => all * factor, base);
  const sum = `${seconds(base)}${used.map((factor) => ` ${times(factor)}`).join('')} = ${seconds(product)}`;
  // Factors come rounded to a thousandth.
  const off = Math.abs(product - wait) > 10 + product * 0.01;
  return off ? `${sum}, ${product < wait ? 'at least' : 'at most'} ${seconds(wait)}` : sum;
}

/** What is said of a pause that ended no turn. */
const ENDINGS = { 'goes on': ', you go on', 'taken for the end, and taken back': ', you go on all the same' };

/** Writes what is known of a pause into its decision. */
function describe(pause) {
  const last = pause.judgements.at(-1);
  const { decision } = pause;
  const lasted = pause.to === undefined ? '' : ` of ${duration(pause.to - pause.from)}`;
  decision.title = `Pause${lasted}: waits ${seconds(last.wait_ms)}${ENDINGS[pause.outcome] ?? ''}`;
  decision.lines = pause.judgements.slice(-6).map((judgement) => {
    const said = signals(judgement).map(({ title, says, factor }) => `${title}: ${says} ${times(factor)}`);
    return `at ${seconds(judgement.pause_ms)}: ${[...said, formula(judgement)].join('; ')}`;
  });
}
