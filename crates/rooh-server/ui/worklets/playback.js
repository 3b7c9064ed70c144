// Plays the agent's voice on the audio thread; what is played is decided in playout.js.

import { Playout } from './playout.js';

class Playback extends AudioWorkletProcessor {
  constructor() {
    super();
    this.playout = new Playout(sampleRate);
    this.port.onmessage = ({ data }) => {
      switch (data.type) {
        case 'audio':
          this.playout.push(data.generation, new Int16Array(data.pcm));
          break;
        case 'clear':
          this.playout.clear(data.generation);
          break;
        case 'end':
          this.playout.end(data.generation);
          break;
        case 'hold':
          this.playout.hold(data.generation, Math.round((data.ms * sampleRate) / 1000));
          break;
        case 'release':
          this.playout.release(data.generation);
          break;
      }
      this.tell();
    };
  }

  process(_inputs, [output]) {
    this.playout.render(output[0]);
    this.tell();
    return true;
  }

  tell() {
    for (const report of this.playout.takeReports()) this.port.postMessage(report);
  }
}

registerProcessor('playback', Playback);
