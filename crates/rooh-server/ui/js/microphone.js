// The microphone: permission, echo cancellation, and frames of 20 ms.

/**
 * Records until it is closed.
 *
 * @property {(pcm: ArrayBuffer) => void} onFrame 20 ms, 16-bit mono
 * @property {(level: number) => void} onLevel root mean square of a frame, 0 to 1
 * @property {() => void} onLost the device has gone
 */
export class Microphone {
  constructor(rate, { onFrame, onLevel, onLost }) {
    this.rate = rate;
    this.onFrame = onFrame;
    this.onLevel = onLevel;
    this.onLost = onLost;
  }

  /** Asks for the microphone and starts; throws what the browser throws. */
  async open() {
    if (!navigator.mediaDevices) {
      throw new DOMException('the page is not served securely', 'InsecureContextError');
    }
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: { autoGainControl: true, channelCount: 1, echoCancellation: true, noiseSuppression: true },
    });
    try {
      await this.start(new AudioContext({ sampleRate: this.rate, latencyHint: 'interactive' }));
    } catch {
      // Some browsers refuse a microphone in a context with another rate than the device's; in
      // the device's own, the worklet converts.
      await this.context?.close().catch(() => {});
      await this.start(new AudioContext({ latencyHint: 'interactive' }));
    }
    const [track] = this.stream.getAudioTracks();
    track.addEventListener('ended', () => this.onLost());
  }

  async start(context) {
    this.context = context;
    await context.audioWorklet.addModule(new URL('../worklets/capture.js', import.meta.url));
    const source = context.createMediaStreamSource(this.stream);
    this.node = new AudioWorkletNode(context, 'capture', {
      channelCount: 1,
      channelCountMode: 'explicit',
      processorOptions: { rate: this.rate },
    });
    this.node.port.onmessage = ({ data }) => {
      this.onLevel(data.level);
      this.onFrame(data.pcm);
    };
    // Not every browser runs a node that leads nowhere. This one writes nothing: silence.
    source.connect(this.node).connect(context.destination);
    await context.resume();
  }

  /** Sends silence of the same length in place of what is recorded, or what is recorded again. */
  silence(silent) {
    this.node?.port.postMessage({ silent });
  }

  /** Gives the device back. */
  close() {
    this.stream?.getTracks().forEach((track) => track.stop());
    if (this.node) this.node.port.onmessage = null;
    this.context?.close().catch(() => {});
  }
}
