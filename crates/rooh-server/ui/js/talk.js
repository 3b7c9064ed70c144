// The conversation panel: starts and ends a talk, its microphone, loudspeaker, and keys.

import { Conversation } from './conversation.js';
import { byId, fill, h, icon } from './dom.js';
import { INPUT_RATE, Link, OUTPUT_RATE } from './link.js';
import { Microphone } from './microphone.js';
import { Speaker } from './speaker.js';
import { Timeline } from './timeline.js';
import { STATES, closeTrouble, duration, microphoneTrouble } from './words.js';

/** Below this many decibels the meter shows nothing; a voice lies between -45 and -10. */
const METER_FLOOR = -60;
/** A muted user who is this loud is told so. */
const LOUD = 0.05;

/** The panel, for whichever agent is chosen. */
export class Talk {
  /** @param {{onSignedOut: () => void, onGone: (agent: string) => void}} listener */
  constructor(listener) {
    this.listener = listener;
    this.conversation = new Conversation(byId('transcript'), byId('announcer'));
    this.conversation.onFollow = (follows) => {
      byId('to-latest').hidden = follows;
    };
    this.timeline = new Timeline();
    this.agent = null;
    this.link = null;
    this.microphone = null;
    this.speaker = null;
    this.isMuted = false;
    this.isHolding = false;
    this.byHand = localStorage.getItem('rooh.by-hand') === 'yes';
    this.level = 0;
    this.bind();
    this.setState('idle');
  }

  /** Turns to another agent; a talk with the one before ends. */
  choose(agent) {
    if (this.agent?.name !== agent?.name) {
      this.stop();
      this.conversation.clear();
      this.timeline.clear();
    }
    this.agent = agent;
    this.conversation.agentName = agent?.name;
    this.refresh();
  }

  /** Begins to talk, with the microphone or by typing alone. */
  async start({ withMicrophone = true } = {}) {
    if (!this.agent || this.link) return;
    const { agent } = this;
    this.link = new Link(agent.name, this.linkListener());
    this.setState('connecting');
    // Both devices are asked for within the click that brought us here.
    this.speaker = new Speaker(OUTPUT_RATE, (generation, ms) => {
      this.link?.send({ type: 'played', generation, ms });
    });
    const speaker = this.speaker.open();
    const microphone = withMicrophone ? this.openMicrophone() : null;
    try {
      await speaker;
    } catch {
      this.conversation.note('The browser gave no access to the loudspeaker: the agent can be read, not heard.', 'trouble');
    }
    await microphone;
    this.link?.open();
    this.refresh();
  }

  /** Ends the talk. */
  stop() {
    if (!this.link) return;
    this.link.close();
    this.hangUp();
    this.setState('closed');
  }

  async openMicrophone() {
    const microphone = new Microphone(INPUT_RATE, {
      onFrame: (pcm) => this.link?.sendAudio(pcm),
      onLevel: (level) => this.meter(level),
      onLost: () => {
        this.conversation.note('The microphone was unplugged. Start again to use another one.', 'trouble');
        this.closeMicrophone();
      },
    });
    try {
      await microphone.open();
    } catch (error) {
      microphone.close();
      this.conversation.note(microphoneTrouble(error), 'trouble');
      return;
    }
    if (!this.link) {
      microphone.close();
      return;
    }
    this.microphone = microphone;
    this.silence();
  }

  closeMicrophone() {
    this.microphone?.close();
    this.microphone = null;
    this.meter(0);
    this.refresh();
  }

  hangUp() {
    this.link = null;
    this.closeMicrophone();
    this.speaker?.close();
    this.speaker = null;
    this.isHolding = false;
    this.conversation.startSession();
    this.timeline.stop();
    this.refresh();
  }

  linkListener() {
    const { conversation } = this;
    return {
      connecting: () => this.setState('connecting'),
      ready: () => {
        if (this.wasBroken) conversation.note('Connected again. The agent begins afresh; what was said stays here.');
        this.wasBroken = false;
        this.breakNote?.remove();
        this.breakNote = null;
        conversation.startSession();
        this.timeline.clear();
        this.setState('listening');
        // A new session knows nothing of what was set in the one before.
        if (this.isMuted) this.link.send({ type: 'mute', muted: true });
        this.flushTyped();
        this.refresh();
      },
      audio: (generation, pcm) => this.speaker?.play(generation, pcm),
      audio_end: (generation) => this.speaker?.end(generation),
      clear: (generation) => this.speaker?.clear(generation),
      hold: (generation, ms) => this.speaker?.hold(generation, ms),
      release: (generation) => this.speaker?.release(generation),
      event: (event) => this.onEvent(event),
      error: ({ message }) => conversation.note(message, 'trouble'),
      waiting: ({ delay, tries, message, code }) => {
        if (tries === 1) {
          this.wasBroken = true;
          this.speaker?.clear(0xffff_ffff);
          this.reopenSpeaker();
        }
        this.breakNote?.remove();
        const why = message ?? closeTrouble(code);
        this.breakNote = conversation.note(`${why} Trying again in ${duration(delay)}.`, 'waiting');
        this.setState('waiting');
      },
      closed: (reason) => this.onClosed(reason),
    };
  }

  /** A new session numbers its utterances anew, so what plays them begins anew as well. */
  reopenSpeaker() {
    const old = this.speaker;
    setTimeout(() => old?.close(), 100);
    this.speaker = new Speaker(OUTPUT_RATE, (generation, ms) => {
      this.link?.send({ type: 'played', generation, ms });
    });
    this.speaker.open().catch(() => {});
  }

  onEvent(event) {
    if (event.type === 'state') this.setState(event.state);
    if (event.type === 'speech_started') byId('talk').classList.add('hears-you');
    if (event.type === 'speech_stopped') byId('talk').classList.remove('hears-you');
    this.conversation.show(event);
    this.timeline.take(event);
  }

  onClosed({ status, code, ending, message, problems = [] }) {
    this.hangUp();
    this.setState('closed');
    if (status === 401) {
      this.listener.onSignedOut();
    } else if (status === 404) {
      this.listener.onGone(this.agent.name);
    } else if (status !== undefined) {
      const details = problems.filter((problem) => problem.message !== message).map(({ path, message: what }) => `${path}: ${what}`);
      this.conversation.note(message, 'trouble', details.join('; '));
    } else if (!ending && code !== 1000) {
      this.conversation.note(closeTrouble(code), 'trouble', message);
    }
  }

  /** Sends what was typed; without a talk, one begins, without the microphone. */
  type(words) {
    this.conversation.typed(words);
    this.conversation.follow();
    this.typed = [...(this.typed ?? []), words];
    if (this.link) this.flushTyped();
    else this.start({ withMicrophone: false });
  }

  flushTyped() {
    while (this.typed?.length > 0 && this.link?.send({ type: 'text', text: this.typed[0] })) this.typed.shift();
  }

  mute(muted) {
    this.isMuted = muted;
    this.link?.send({ type: 'mute', muted });
    this.silence();
    this.refresh();
  }

  /** Whether a turn is held by hand, or pauses end it. */
  setByHand(byHand) {
    this.hold(false);
    this.byHand = byHand;
    localStorage.setItem('rooh.by-hand', byHand ? 'yes' : 'no');
    if (byHand && this.isMuted) this.mute(false);
    this.silence();
    this.refresh();
  }

  hold(holding) {
    if (!this.byHand || this.isHolding === holding || (holding && !this.microphone)) return;
    this.isHolding = holding;
    this.link?.send({ type: 'push_to_talk', pressed: holding });
    this.silence();
    this.refresh();
  }

  /** What must not be sent is taken for silence here, not only by the server. */
  silence() {
    this.microphone?.silence(this.isMuted || (this.byHand && !this.isHolding));
  }

  interrupt() {
    this.link?.send({ type: 'interrupt' });
  }

  setState(state) {
    this.state = state;
    byId('talk').dataset.state = state;
    byId('talk').classList.toggle('hears-you', false);
    byId('state-text').textContent = STATES[state] ?? state;
    this.refresh();
  }

  refresh() {
    const isOn = Boolean(this.link);
    const { agent, microphone, isMuted, byHand, isHolding } = this;
    const focused = document.activeElement;
    byId('talk').dataset.on = isOn ? 'yes' : 'no';
    byId('start').hidden = isOn;
    byId('start').disabled = !agent || Boolean(agent.error);
    byId('stop').hidden = !isOn;
    byId('mute').hidden = !isOn || byHand;
    byId('mute').disabled = !microphone;
    byId('mute').setAttribute('aria-pressed', String(isMuted));
    fill(byId('mute'), icon(isMuted || !microphone ? 'muted' : 'microphone'), h('span', { class: 'hidden' }, 'Mute'));
    byId('hold').hidden = !isOn || !byHand;
    byId('hold').disabled = !microphone;
    byId('hold').setAttribute('aria-pressed', String(isHolding));
    byId('interrupt').disabled = this.state !== 'speaking';
    byId('by-hand').checked = byHand;
    byId('message').disabled = !agent;
    byId('hint').textContent = this.hint();
    const empty = byId('empty');
    empty.hidden = !this.conversation.isEmpty || isOn;
    byId('transcript').hidden = !empty.hidden;
    // A button that has gone hands its focus to the one in its place.
    if (focused?.hidden && byId('talk').contains(focused)) {
      byId(!isOn ? 'start' : byHand ? 'hold' : 'mute').focus();
    }
  }

  hint() {
    const { agent, link, microphone, isMuted, byHand, isHolding, state } = this;
    if (!agent) return '';
    if (agent.error) return 'This agent needs a change before it can talk.';
    if (!link) return byHand ? 'Start, then hold Space to talk.' : 'Start, and simply talk.';
    if (state === 'waiting' || state === 'connecting') return 'One moment.';
    if (!microphone) return 'No microphone: type below.';
    if (byHand) return isHolding ? 'Let go when you have finished.' : 'Hold Space, or the button, and talk.';
    if (isMuted) return 'You are muted.';
    return state === 'speaking' ? 'Talk, or press Esc, to interrupt.' : 'Go ahead.';
  }

  /** Levels come fifty times a second; they are drawn as often as the screen is. */
  meter(level) {
    this.level = level;
    this.drawing ||= requestAnimationFrame(() => this.drawLevel());
  }

  drawLevel() {
    this.drawing = 0;
    const decibels = this.level > 0 ? 20 * Math.log10(this.level) : METER_FLOOR;
    const height = Math.max(0, Math.min(1, (decibels - METER_FLOOR) / -METER_FLOOR));
    const isOpen = this.microphone && !this.isMuted && (!this.byHand || this.isHolding);
    const shown = isOpen ? height : 0;
    if (shown !== this.shownLevel) {
      byId('talk').style.setProperty('--level', shown.toFixed(3));
      byId('meter').setAttribute('aria-valuenow', String(Math.round(shown * 100)));
      this.shownLevel = shown;
    }
    byId('talk').classList.toggle('loud-but-muted', Boolean(this.microphone) && this.isMuted && this.level > LOUD);
  }

  bind() {
    byId('start').addEventListener('click', () => this.start());
    byId('stop').addEventListener('click', () => this.stop());
    byId('mute').addEventListener('click', () => this.mute(!this.isMuted));
    byId('interrupt').addEventListener('click', () => this.interrupt());
    byId('to-latest').addEventListener('click', () => this.conversation.follow());
    byId('by-hand').addEventListener('change', ({ target }) => this.setByHand(target.checked));
    byId('typing').addEventListener('submit', (event) => {
      event.preventDefault();
      const field = byId('message');
      const words = field.value.trim();
      if (!words || !this.agent) return;
      field.value = '';
      this.type(words.slice(0, 4000));
    });
    const hold = byId('hold');
    hold.addEventListener('pointerdown', (event) => {
      hold.setPointerCapture(event.pointerId);
      this.hold(true);
    });
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture']) {
      hold.addEventListener(end, () => this.hold(false));
    }
    hold.addEventListener('contextmenu', (event) => event.preventDefault());
    addEventListener('blur', () => this.hold(false));
    addEventListener('keydown', (event) => this.onKey(event, true));
    addEventListener('keyup', (event) => this.onKey(event, false));
  }

  onKey(event, isDown) {
    if (!this.link || document.querySelector('dialog[open]') || byId('talk').hidden) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    const isHold = target === byId('hold');
    // Keys belong to the field or button that has the focus first.
    if (!isHold && target.closest?.('input, textarea, select, summary, [contenteditable]')) {
      if (isDown && event.key === 'Escape') target.blur();
      return;
    }
    if (event.key === ' ' && (isHold || !target.closest?.('button, a')) && this.byHand) {
      event.preventDefault();
      if (!event.repeat) this.hold(isDown);
    } else if (isDown && !event.repeat && event.key === 'Escape') {
      this.interrupt();
    } else if (isDown && !event.repeat && event.key.toLowerCase() === 'm' && !this.byHand) {
      this.mute(!this.isMuted);
    } else if (isDown && event.key === '/') {
      event.preventDefault();
      byId('message').focus();
    }
  }
}
