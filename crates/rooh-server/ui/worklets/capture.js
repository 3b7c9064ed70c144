// Turns the microphone into frames of 20 ms, 16-bit, at the rate that was agreed on.

import { Resampler } from './resampler.js';

/** Frames leave fifty times a second. */
const FRAMES_PER_SECOND = 50;

class Capture extends AudioWorkletProcessor {
  constructor(options) {
    super();
    const rate = options.processorOptions.rate;
    this.resampler = new Resampler(sampleRate, rate);
    this.length = rate / FRAMES_PER_SECOND;
    this.frame = new Int16Array(this.length);
    this.filled = 0;
    this.energy = 0;
    this.silent = false;
    this.port.onmessage = ({ data }) => {
      this.silent = data.silent;
    };
  }

  process([input]) {
    // A context whose source has gone keeps calling with nothing: there is nothing to send then.
    if (input.length === 0) return true;
    for (const sample of this.resampler.process(input[0])) {
      this.energy += sample * sample;
      // What is silenced never leaves this thread; the frames keep their length and pace.
      this.frame[this.filled] = this.silent ? 0 : Math.max(-1, Math.min(1, sample)) * 32767;
      this.filled += 1;
      if (this.filled === this.length) this.flush();
    }
    return true;
  }

  flush() {
    const pcm = this.frame.buffer;
    this.port.postMessage({ pcm, level: Math.sqrt(this.energy / this.length) }, [pcm]);
    this.frame = new Int16Array(this.length);
    this.filled = 0;
    this.energy = 0;
  }
}

registerProcessor('capture', Capture);
