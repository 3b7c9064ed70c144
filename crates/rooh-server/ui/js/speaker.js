// The loudspeaker: plays utterances in order and says how much of each was heard.

/**
 * Plays the agent's voice until it is closed.
 */
export class Speaker {
  /**
   * @param {number} rate samples per second of what is played
   * @param {(generation: number, ms: number) => void} onPlayed what was heard, at the ear
   */
  constructor(rate, onPlayed) {
    this.rate = rate;
    this.onPlayed = onPlayed;
    this.pending = new Map();
  }

  /** Opens the device; must follow a click or a key, or browsers keep it silent. */
  async open() {
    this.context = new AudioContext({ sampleRate: this.rate, latencyHint: 'interactive' });
    // Asked for before the first wait, while the click still counts.
    const running = this.context.resume();
    await this.context.audioWorklet.addModule(new URL('../worklets/playback.js', import.meta.url));
    this.node = new AudioWorkletNode(this.context, 'playback', { numberOfInputs: 0, outputChannelCount: [1] });
    this.node.port.onmessage = ({ data }) => this.onReport(data);
    this.node.connect(this.context.destination);
    await running;
  }

  /** Plays the next stretch of an utterance. */
  play(generation, pcm) {
    this.node?.port.postMessage({ type: 'audio', generation, pcm }, [pcm]);
  }

  /** All of this utterance was passed on. */
  end(generation) {
    this.node?.port.postMessage({ type: 'end', generation });
  }

  /** Fades out and drops this utterance and those before it. */
  clear(generation) {
    this.node?.port.postMessage({ type: 'clear', generation });
  }

  /** Stops once so many milliseconds of this utterance were played, and keeps the rest. */
  hold(generation, ms) {
    this.node?.port.postMessage({ type: 'hold', generation, ms });
  }

  /** Goes on where this utterance was held. */
  release(generation) {
    this.node?.port.postMessage({ type: 'release', generation });
  }

  /** Gives the device back. */
  close() {
    for (const timers of this.pending.values()) timers.forEach(clearTimeout);
    this.pending.clear();
    if (this.node) this.node.port.onmessage = null;
    this.context?.close().catch(() => {});
  }

  onReport({ generation, played, state }) {
    const ms = (played / this.rate) * 1000;
    if (state === 'cut') {
      // What has left the worklet is on its way to the ear and cannot be called back.
      this.pending.get(generation)?.forEach(clearTimeout);
      this.pending.delete(generation);
      this.onPlayed(generation, ms);
      return;
    }
    // The device holds some audio: it is heard this much later than it was rendered.
    const latency = 1000 * (this.context.outputLatency || this.context.baseLatency || 0);
    const timers = this.pending.get(generation) ?? new Set();
    this.pending.set(generation, timers);
    const timer = setTimeout(() => {
      timers.delete(timer);
      this.onPlayed(generation, ms);
      if (state === 'ended') this.pending.delete(generation);
    }, latency);
    timers.add(timer);
  }
}
