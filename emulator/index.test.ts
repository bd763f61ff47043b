import { describe, expect, test } from 'vitest';
import { startEmulator } from './index.js';

describe('startEmulator refuses', () => {
  test.each<[string, unknown, string]>([
    ['no argument', undefined, 'needs an object of options'],
    ['no configuration', {}, 'needs the option config'],
    ['a configuration that is a list', { config: [] }, 'cannot use the option config: []'],
    ['a misspelt option', { config: {}, sed: 1 }, 'has no option "sed"; did you mean "seed"?'],
    ['a clock as the file writes it', { config: {}, clock: { mode: 'manual' } }, 'the option clock: {"mode":"manual"}'],
    ['text for true or false', { config: {}, watch: 'yes' }, 'cannot use the option watch: "yes"'],
    ['an unknown log level', { config: {}, logLevel: 'loud' }, 'cannot use the option logLevel: "loud"'],
    ['a misspelt listener', { config: {}, listen: { htp: 'off' } }, 'has no listener "htp"; did you mean "http"?'],
  ])('%s', async (_, options, message) => {
    await expect(startEmulator(options as Parameters<typeof startEmulator>[0])).rejects.toMatchObject({
      name: 'ColocalError',
      code: 'BAD_OPTION',
      kind: 'user',
      message: expect.stringContaining(message),
    });
  });

  test('a listener that is no text', async () => {
    const options = { config: {}, listen: { http: 8080 } } as unknown as Parameters<typeof startEmulator>[0];
    await expect(startEmulator(options)).rejects.toMatchObject({ code: 'BAD_LISTEN_ADDRESS' });
  });
});

test('connect refuses a location that does not exist, with what may be meant', async () => {
  const config = { tunnels: [{ name: 'tokyo' }] };
  await using emu = await startEmulator({ config });
  await expect(emu.connect({ tunnel: 'tokyo', location: 'NTR' })).rejects.toMatchObject({
    code: 'UNKNOWN_DATA_CENTER',
    fix: expect.stringContaining('NRT (Tokyo)'),
  });
});
