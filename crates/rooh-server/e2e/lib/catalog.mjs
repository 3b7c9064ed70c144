// A catalog as the server answers it, with an option of every type.

const option = (name, type, more = {}) => ({
  name,
  help: '',
  type,
  required: false,
  default: null,
  minimum: null,
  maximum: null,
  choices: [],
  env: null,
  ...more,
});

const provider = (kind, name, title, description, cloud, options, more = {}) => ({
  kind,
  name,
  title,
  description,
  cloud,
  feature: `${kind}-${name}`,
  model_option: 'model',
  variants: [],
  options,
  ...more,
});

const key = (env) => option('api_key', 'secret', { required: true, env, help: 'The key of your account.' });

export const CATALOG = {
  providers: [
    provider('stt', 'deepgram', 'Deepgram', 'Streaming recognition of many languages.', true, [
      key('DEEPGRAM_API_KEY'),
      option('model', 'text', { default: 'nova-3', help: 'Which of its models.' }),
      option('language', 'text', { default: 'en' }),
      option('sample_rate', 'integer', { default: 16000, minimum: 8000, maximum: 48000, help: 'Samples per second.' }),
      option('smart_format', 'boolean', { default: true, help: 'Whether numbers are written as numbers.' }),
      option('keywords', 'json', { default: [], help: 'Words that are likely to come up.' }),
    ], { variants: ['deepgram-nova-3', 'deepgram-nova-2'] }),
    provider('stt', 'pocketsphinx', 'PocketSphinx', 'Recognition of known answers, such as digits and names, with nothing to download.', false, [
      option('beam', 'number', { default: 1e-48, minimum: 0, maximum: 1, help: 'How many guesses are kept.' }),
    ]),
    provider('llm', 'anthropic', 'Anthropic', 'The Claude models.', true, [
      key('ANTHROPIC_API_KEY'),
      option('model', 'text', { required: true, help: 'Which of its models.' }),
      option('effort', 'text', { choices: ['low', 'medium', 'high'], default: 'low' }),
      option('temperature', 'number', { minimum: 0, maximum: 1 }),
      option('max_tokens', 'integer', { default: 1024, minimum: 1, maximum: 64000 }),
    ]),
    provider('llm', 'ollama', 'Ollama', 'Open models that run on this machine.', false, [
      option('model', 'text', { required: true, help: 'Which of the models that it has.' }),
      option('url', 'text', { default: 'http://127.0.0.1:11434' }),
    ]),
    provider('llm', 'script', 'Script', 'A dialogue written in a file: always the same, and always at once.', false, [
      option('dialogue', 'text', { default: 'reception', help: 'Which dialogue it speaks.' }),
    ], { model_option: 'dialogue' }),
    provider('tts', 'cartesia', 'Cartesia', 'Streaming voices with little delay.', true, [
      key('CARTESIA_API_KEY'),
      option('voice_id', 'text', { required: true, help: 'Which voice.' }),
      option('model', 'text', { default: 'sonic-3' }),
      option('sample_rate', 'integer', { default: 24000, minimum: 8000, maximum: 48000, help: 'Samples per second.' }),
      option('speed', 'number', { default: 1, minimum: 0.5, maximum: 2 }),
    ]),
    provider('tts', 'flite', 'Flite', 'Small voices with nothing to download.', false, [
      option('voice', 'text', { choices: ['slt', 'rms', 'kal'], default: 'slt', help: 'Which voice.' }),
      option('rate', 'number', { default: 1, minimum: 0.5, maximum: 2, help: 'How fast it speaks.' }),
    ], { model_option: 'voice' }),
    provider('vad', 'silero', 'Silero', 'Tells voices from noise.', false, []),
  ],
};
