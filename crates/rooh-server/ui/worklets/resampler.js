// Converts a stream of samples from one rate to another: a polyphase windowed sinc.

/** Zero crossings of the kernel on each side, in periods of the lower rate. */
const CROSSINGS = 16;
/** Where the pass band ends, as a share of the lower rate's band. */
const ROLL_OFF = 0.92;
/** Shape of the Kaiser window: images and aliases below -70 dB. */
const BETA = 7;

/** A streaming converter between two fixed rates. */
export class Resampler {
  /**
   * @param {number} from rate of the samples that come in, in hertz
   * @param {number} to rate of the samples that go out, in hertz
   */
  constructor(from, to) {
    const divisor = greatestCommonDivisor(from, to);
    this.up = to / divisor;
    this.down = from / divisor;
    this.kernel = this.up === this.down ? null : polyphase(this.up, this.down);
    this.taps = this.kernel ? this.kernel[0].length : 0;
    this.history = new Float32Array(this.taps);
    // Where the next output lies, in steps of the common multiple of both rates.
    this.position = 0;
  }

  /**
   * Takes the next samples and returns those that are ready.
   * @param {Float32Array} input
   * @returns {Float32Array}
   */
  process(input) {
    if (!this.kernel) return input;
    const { up, down, taps, kernel } = this;
    const samples = new Float32Array(this.history.length + input.length);
    samples.set(this.history);
    samples.set(input, this.history.length);
    const output = new Float32Array(Math.ceil((input.length * up) / down) + 1);
    let written = 0;
    let first = Math.floor(this.position / up);
    while (first + taps <= samples.length) {
      const phase = kernel[this.position % up];
      let sum = 0;
      for (let tap = 0; tap < taps; tap += 1) sum += phase[tap] * samples[first + tap];
      output[written] = sum;
      written += 1;
      this.position += down;
      first = Math.floor(this.position / up);
    }
    // What lies before the next output's first tap is not needed again.
    const keepFrom = Math.min(first, samples.length);
    this.history = samples.slice(keepFrom);
    this.position -= keepFrom * up;
    return output.subarray(0, written);
  }
}

/** One row of taps for each of the `up` places where an output can lie between two inputs. */
function polyphase(up, down) {
  const cutoff = ROLL_OFF * Math.min(1, up / down);
  const reach = CROSSINGS / cutoff;
  const taps = 2 * Math.ceil(reach);
  const rows = [];
  for (let phase = 0; phase < up; phase += 1) {
    const row = new Float32Array(taps);
    const center = taps / 2 - 1 + phase / up;
    let total = 0;
    for (let tap = 0; tap < taps; tap += 1) {
      const distance = tap - center;
      row[tap] = sinc(distance * cutoff) * kaiser(distance / reach);
      total += row[tap];
    }
    // Every phase has the same gain at zero hertz; otherwise a constant would ripple.
    for (let tap = 0; tap < taps; tap += 1) row[tap] /= total;
    rows.push(row);
  }
  return rows;
}

function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x) {
  return Math.abs(x) >= 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA);
}

/** The modified Bessel function of the first kind, of order zero. */
function bessel(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 32; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a, b) {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
