// A call as a server tells it: a greeting, a pause that is none, an early answer, one that is taken back, a barge-in.

const NEUTRAL = { audio: 1, recognizer: 1, semantic: 1, speaker: 1, words: 1 };

/** What a pause that has lasted `pause_ms` is judged to be. */
export function judged(at_ms, pause_ms, wait_ms, { base_ms = 1000, words = 'neutral', rule = '', factors = {}, ...more } = {}) {
  return { type: 'pause_judged', at_ms, pause_ms, wait_ms, base_ms, words, rule, factors: { ...NEUTRAL, ...factors }, ...more };
}

/** The events of the call, in order; `at_ms` is when each came. */
export function call() {
  const events = [
    { type: 'session_started', at_ms: 0, session: 's1' },
    { type: 'reply_started', at_ms: 400, generation: 1 },
    { type: 'reply_finished', at_ms: 3100, generation: 1, text: 'Good morning. How can I help you?' },
    { type: 'speech_started', at_ms: 4000 },
    { type: 'speech_stopped', at_ms: 6300 },
    judged(6300, 200, 1000, { words: 'unknown' }),
    judged(6380, 280, 3000, { words: 'open', rule: 'conjunction', factors: { words: 3 } }),
    { type: 'pause_scored', at_ms: 6420, by: 'audio', probability: 0.12, took_ms: 31 },
    judged(6420, 320, 5000, { words: 'open', rule: 'conjunction', audio: 0.12, factors: { words: 3, audio: 2.32 } }),
    { type: 'speech_started', at_ms: 7500 },
    { type: 'speech_stopped', at_ms: 9900 },
    judged(9900, 200, 1000, { words: 'unknown' }),
    judged(9990, 290, 600, { words: 'closed', rule: 'sentence', factors: { words: 0.6 } }),
    { type: 'reply_prepared', at_ms: 9990, generation: 2 },
    { type: 'pause_scored', at_ms: 10_030, by: 'audio', probability: 0.81, took_ms: 28 },
    judged(10_030, 330, 404, { words: 'closed', rule: 'sentence', audio: 0.81, factors: { words: 0.6, audio: 0.674 } }),
    { type: 'user_turn', at_ms: 10_110, text: 'I would like to order bread and two cakes.', reason: 'complete', silence_ms: 404 },
    { type: 'reply_started', at_ms: 10_270, generation: 2 },
    {
      type: 'turn_timing',
      at_ms: 10_270,
      generation: 2,
      gap_ms: 570,
      parts: [['endpointing', 404], ['stt', 6], ['hooks', 0], ['llm', 0], ['clause', 0], ['tts', 90], ['playout', 70]].map(([name, ms]) => ({ name, ms })),
    },
    { type: 'speech_started', at_ms: 10_500 },
    { type: 'reply_taken_back', at_ms: 10_560, generation: 2, position_ms: 290 },
    { type: 'speech_stopped', at_ms: 12_400 },
    judged(12_400, 200, 1000, { words: 'unknown' }),
    judged(12_500, 300, 630, { words: 'closed', rule: 'sentence', factors: { words: 0.6, speaker: 1.05 } }),
    { type: 'user_turn', at_ms: 12_850, text: 'I would like to order bread and two cakes. For Saturday.', reason: 'complete', silence_ms: 630 },
    { type: 'reply_started', at_ms: 13_690, generation: 3 },
    {
      type: 'turn_timing',
      at_ms: 13_690,
      generation: 3,
      gap_ms: 1490,
      parts: [['endpointing', 630], ['stt', 20], ['hooks', 0], ['llm', 420], ['clause', 130], ['tts', 190], ['playout', 100]].map(([name, ms]) => ({ name, ms })),
    },
    { type: 'speech_started', at_ms: 16_800 },
    { type: 'interrupted', at_ms: 17_150, generation: 3, heard: 'With pleasure. On Saturday we', unheard: 'open at eight.', position_ms: 3460 },
    { type: 'speech_stopped', at_ms: 19_000 },
    judged(19_000, 200, 1050, { words: 'unknown', factors: { speaker: 1.05 } }),
    judged(19_100, 300, 4000, { words: 'partial', rule: 'digits', factors: { words: 4, speaker: 1.05 } }),
    { type: 'speech_started', at_ms: 20_900 },
    { type: 'speech_stopped', at_ms: 22_300 },
    judged(22_380, 280, 330, { words: 'answer', rule: 'digits', factors: { words: 0.3, speaker: 1.1 } }),
    { type: 'user_turn', at_ms: 22_440, text: '555 1234', reason: 'complete', silence_ms: 330 },
    { type: 'reply_started', at_ms: 23_100, generation: 4 },
    {
      type: 'turn_timing',
      at_ms: 23_100,
      generation: 4,
      gap_ms: 1000,
      parts: [['endpointing', 330], ['stt', 20], ['hooks', 0], ['llm', 320], ['clause', 80], ['tts', 170], ['playout', 80]].map(([name, ms]) => ({ name, ms })),
    },
    { type: 'reply_finished', at_ms: 25_600, generation: 4, text: 'Thank you. Anything else?' },
    { type: 'speech_started', at_ms: 26_200 },
    { type: 'speech_stopped', at_ms: 27_400 },
    judged(27_400, 200, 1100, { words: 'unknown', factors: { speaker: 1.1 } }),
    judged(27_480, 280, 2750, { words: 'hesitating', rule: 'filler', factors: { words: 2.5, speaker: 1.1 } }),
    { type: 'level', at_ms: 27_900, db: -58, speech: 0.03 },
  ];
  const voices = [[3940, 6100], [7440, 9700], [10_440, 12_200], [16_740, 18_800], [20_840, 22_100], [26_140, 27_200]];
  for (let at = 100; at < 27_900; at += 100) {
    const speaks = voices.some(([from, to]) => from <= at && at < to);
    events.push({ type: 'level', at_ms: at, db: speaks ? -22 : -60, speech: speaks ? 0.9 + 0.09 * Math.sin(at / 170) : 0.04 + 0.03 * Math.sin(at / 230) });
  }
  return events.sort((one, other) => one.at_ms - other.at_ms);
}
