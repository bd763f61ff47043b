import { describe, expect, test } from 'vitest';
import { ManualDeadlines } from '../runtime/deadlines.js';
import { nextEvent } from '../test/support/emulator.js';
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

test('fetch refuses an option that it would not heed', async () => {
  await using emu = await startEmulator({ config: {} });
  const options = { method: 'POST', coloo: 'NRT' };
  await expect(emu.fetch('http://app.example.com/', options)).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: 'fetch has no option "coloo"; did you mean "colo"?',
  });
});

describe('connect refuses', () => {
  const config = { tunnels: [{ name: 'tokyo' }] };

  test.each<[string, unknown, string]>([
    ['no argument', undefined, 'needs an object of options'],
    ['no tunnel', {}, 'needs the option tunnel'],
    ['a misspelt option', { tunnel: 'tokyo', mapz: [] }, 'has no option "mapz"; did you mean "maps"?'],
    ['a tunnel that is no name', { tunnel: 5 }, 'cannot use the option tunnel: 5'],
    ['maps that are no list', { tunnel: 'tokyo', maps: '10.0.0.0/8=127.0.0.0/8' }, 'cannot use the option maps'],
    ['a location that is no text', { tunnel: 'tokyo', location: 5 }, 'cannot use the option location: 5'],
    ['connections in words', { tunnel: 'tokyo', connections: 'two' }, 'cannot use the option connections: "two"'],
  ])('%s', async (_, options, message) => {
    await using emu = await startEmulator({ config });
    await expect(emu.connect(options as Parameters<typeof emu.connect>[0])).rejects.toMatchObject({
      name: 'ColocalError',
      code: 'BAD_OPTION',
      message: expect.stringContaining(`connect ${message}`),
    });
  });
});

test('requests.find and requests.list refuse what is no ray, number or filter', async () => {
  await using emu = await startEmulator({ config: {} });
  const { find, list } = emu.requests as { find(ray: unknown): unknown; list(limit: unknown): unknown };
  expect(() => find(undefined)).toThrow('requests.find needs the ray of a request, not undefined');
  expect(() => list('ten')).toThrow('requests.list cannot use "ten"');
});

describe('an emulator that closes leaves no connector behind', () => {
  const fault = { name: 'cut', type: 'connector_disconnected', match: { tunnel: 'tokyo' } } as const;
  const config = { tunnels: [{ name: 'tokyo' }] };

  test('connect while it closes', async () => {
    const deadlines = new ManualDeadlines();
    const emu = await startEmulator({ config, deadlines });
    const connecting = expect(emu.connect({ tunnel: 'tokyo' })).rejects.toMatchObject({ code: 'EMULATOR_CLOSED' });
    await emu.close();
    await connecting;
    expect(deadlines.size).toBe(0);
  });

  test('connect after it has closed', async () => {
    const deadlines = new ManualDeadlines();
    const emu = await startEmulator({ config, deadlines });
    await emu.close();
    await expect(emu.connect({ tunnel: 'tokyo' })).rejects.toMatchObject({ code: 'EMULATOR_CLOSED' });
    expect(deadlines.size).toBe(0);
  });

  test('a connector that is kept out by a fault, and tries again and again', async () => {
    const deadlines = new ManualDeadlines();
    const emu = await startEmulator({ config: { ...config, faults: [fault] }, deadlines });
    const refused = nextEvent(emu, 'connector.refused');
    const connecting = expect(emu.connect({ tunnel: 'tokyo' })).rejects.toMatchObject({ code: 'EMULATOR_CLOSED' });
    await refused;
    await emu.close();
    await connecting;
    expect(deadlines.size).toBe(0);
  });
});
