// What of the agent's voice is to be heard next: a ring, its utterances, and how they are held and cut off.

/**
 * Plays utterances one after the other and says how much of each was played.
 *
 * Utterances have rising numbers, their generations. One that was cut off never comes back:
 * audio of it, or of an earlier one, that arrives later is dropped.
 */
export class Playout {
  /** @param {number} rate samples per second */
  constructor(rate) {
    /** Half a minute: more than any server that paces sends ahead. */
    this.ring = new Float32Array(rate * 30);
    this.read = 0;
    this.buffered = 0;
    /** Enough to bridge the bursts in which a browser hands over what it received. */
    this.prefill = Math.round(rate * 0.06);
    /** After this long a start that is too short to be prefilled is played all the same. */
    this.longestWait = Math.round(rate * 0.25);
    this.fadeLength = Math.round(rate * 0.02);
    this.riseLength = Math.round(rate * 0.002);
    this.reportEvery = Math.round(rate * 0.1);
    /** Utterances that are not over, in order. */
    this.utterances = [];
    /** The newest utterance that was cut off. */
    this.cleared = -1;
    /** The last utterance that ended, for a `clear` that comes too late. */
    this.ended = null;
    /** Which utterance is held: it fades from one sample of it to another, and is silent from there. */
    this.held = null;
    this.primed = false;
    this.waited = 0;
    this.rise = 0;
    /** The last samples of an utterance that was cut off, on their way to silence. */
    this.tail = new Float32Array(0);
    this.last = 0;
    this.underruns = 0;
    this.dropped = 0;
    this.reports = [];
  }

  /**
   * Takes the next samples of an utterance.
   * @param {number} generation
   * @param {Int16Array} samples
   */
  push(generation, samples) {
    if (this.held && this.held.generation < generation) this.release(this.held.generation);
    let utterance = this.utterances.at(-1);
    const isLate = generation <= this.cleared || (utterance && generation < utterance.generation);
    if (isLate) {
      this.dropped += samples.length;
      return;
    }
    if (!utterance || utterance.generation !== generation) {
      // Audio comes in order: whatever was open before is complete now.
      if (utterance) utterance.complete = true;
      utterance = { generation, waiting: 0, played: 0, reported: 0, complete: false };
      this.utterances.push(utterance);
    }
    const length = Math.min(samples.length, this.ring.length - this.buffered);
    this.dropped += samples.length - length;
    for (let i = 0; i < length; i += 1) {
      this.ring[(this.read + this.buffered + i) % this.ring.length] = samples[i] / 32768;
    }
    this.buffered += length;
    utterance.waiting += length;
  }

  /** All audio of this utterance was pushed. */
  end(generation) {
    const utterance = this.utterances.find((each) => each.generation === generation);
    if (utterance) {
      utterance.complete = true;
    } else if (generation > this.cleared && generation !== this.ended?.generation) {
      this.report({ generation, played: 0 }, 'ended');
    }
  }

  /**
   * Stops once so much of this utterance was played, and at once if it was: silence within 20 ms,
   * without a click. What was not played, and what comes after it, is kept.
   * @param {number} generation
   * @param {number} samples
   */
  hold(generation, samples) {
    const playing = this.utterances[0];
    const isOver = generation <= this.cleared || generation === this.ended?.generation;
    if (isOver || (playing && generation < playing.generation)) return;
    const played = playing?.generation === generation ? playing.played : 0;
    const from = Math.max(samples, played);
    // What was not begun is not begun, only to fade.
    const until = from > 0 ? from + this.fadeLength : 0;
    this.held = { generation, from, until, isTold: false };
  }

  /** Goes on where this utterance was held. */
  release(generation) {
    if (this.held?.generation !== generation) return;
    const volume = this.heldVolume();
    if (volume < 1) this.rise = Math.round(volume * this.riseLength);
    this.held = null;
  }

  /** Cuts off this utterance and all before it: silence within 20 ms, without a click. */
  clear(generation) {
    this.cleared = Math.max(this.cleared, generation);
    const playing = this.primed ? this.utterances[0] : undefined;
    if (playing && playing.generation <= generation) this.fade(playing.waiting, this.heldVolume());
    if (this.held && this.held.generation <= generation) this.held = null;
    let answered = false;
    while (this.utterances.length > 0 && this.utterances[0].generation <= generation) {
      const utterance = this.utterances.shift();
      this.skip(utterance.waiting);
      this.report(utterance, 'cut');
      this.ended = utterance;
      this.primed = false;
      answered ||= utterance.generation === generation;
    }
    if (!answered) {
      const played = this.ended?.generation === generation ? this.ended.played : 0;
      this.report({ generation, played }, 'cut');
    }
  }

  /**
   * Fills the next block.
   * @param {Float32Array} output
   */
  render(output) {
    let filled = this.renderTail(output);
    while (filled < output.length) {
      const utterance = this.utterances[0];
      if (!utterance) break;
      if (utterance.waiting === 0 && utterance.complete) {
        this.utterances.shift();
        this.ended = utterance;
        this.primed = this.primed && this.buffered > 0;
        this.report(utterance, 'ended');
        continue;
      }
      if (this.heldVolume() === 0) {
        if (!this.held.isTold) this.report(utterance, 'held');
        this.held.isTold = true;
        break;
      }
      if (!this.isReady(utterance, output.length)) break;
      filled += this.play(utterance, output, filled);
    }
    // Where the voice stops without having been told to, the last sample decays: no click.
    for (; filled < output.length; filled += 1) {
      this.last *= 0.97;
      output[filled] = Math.abs(this.last) < 1e-4 ? 0 : this.last;
    }
  }

  /** Takes what there is to tell since the last call. */
  takeReports() {
    const reports = this.reports;
    this.reports = [];
    return reports;
  }

  /** How loud the utterance in front is for being held: from 1, it is not, to 0, it has faded. */
  heldVolume() {
    const [utterance] = this.utterances;
    if (!this.held || this.held.generation !== utterance?.generation) return 1;
    if (utterance.played >= this.held.until) return 0;
    return 1 - Math.max(0, utterance.played - this.held.from) / this.fadeLength;
  }

  isReady(utterance, block) {
    if (this.primed && utterance.waiting > 0) return true;
    if (this.primed) this.underruns += 1;
    this.primed = false;
    this.waited = utterance.waiting > 0 ? this.waited + block : 0;
    const isEnough = utterance.complete || utterance.waiting >= this.prefill;
    if (utterance.waiting === 0 || !(isEnough || this.waited > this.longestWait)) return false;
    this.primed = true;
    this.waited = 0;
    this.rise = 0;
    return true;
  }

  play(utterance, output, from) {
    const held = this.held?.generation === utterance.generation ? this.held : null;
    const left = held ? held.until - utterance.played : Infinity;
    const length = Math.min(output.length - from, utterance.waiting, left);
    for (let i = 0; i < length; i += 1) {
      let sample = this.ring[(this.read + i) % this.ring.length];
      if (this.rise < this.riseLength) {
        sample *= this.rise / this.riseLength;
        this.rise += 1;
      }
      const faded = held ? utterance.played + i + 1 - held.from : 0;
      if (faded > 0) sample *= 1 - faded / this.fadeLength;
      output[from + i] = sample;
      this.last = sample;
    }
    this.skip(length);
    const isFirst = utterance.played === 0;
    utterance.waiting -= length;
    utterance.played += length;
    if (isFirst || utterance.played - utterance.reported >= this.reportEvery) {
      utterance.reported = utterance.played;
      this.report(utterance, 'playing');
    }
    return length;
  }

  renderTail(output) {
    const length = Math.min(output.length, this.tail.length);
    output.set(this.tail.subarray(0, length));
    this.tail = this.tail.subarray(length);
    if (length > 0) this.last = output[length - 1];
    return length;
  }

  fade(available, volume) {
    const length = Math.min(this.fadeLength, available);
    this.tail = new Float32Array(length);
    for (let i = 0; i < length; i += 1) {
      this.tail[i] = this.ring[(this.read + i) % this.ring.length] * volume * (1 - (i + 1) / length);
    }
  }

  skip(length) {
    this.read = (this.read + length) % this.ring.length;
    this.buffered -= length;
  }

  report({ generation, played }, state) {
    const { buffered, underruns, dropped } = this;
    this.reports.push({ generation, played, state, buffered, underruns, dropped });
  }
}
