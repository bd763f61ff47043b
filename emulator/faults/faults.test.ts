import { beforeEach, describe, expect, test } from 'vitest';
import { createClock } from '../../runtime/clock.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import type { ColocalError } from '../../runtime/errors.js';
import { createRng } from '../../runtime/rng.js';
import { createEvents } from '../observe/events.js';
import type { FaultInput } from '../state/schemas/fault.js';
import { createState } from '../state/state.js';
import type { AccountState } from '../state/state.types.js';
import { createFaults, type FaultPatch, type Faults } from './faults.js';

let state: AccountState;
let faults: Faults;
let events: ReturnType<typeof createEvents>;
beforeEach(() => {
  const deadlines = new ManualDeadlines();
  const clock = createClock({ mode: 'manual', deadlines });
  const account = { id: '0'.repeat(32), name: 'test', api_token: 't'.repeat(40) };
  state = createState({ clock, account });
  events = createEvents(clock);
  faults = createFaults({ state, clock, deadlines, rng: createRng(1), events, onChanged: () => undefined });
  state.subscribe((event) => faults.follow(event.after)());
});

const slow: FaultInput = { name: 'slow', type: 'origin_slow', delay: '2s' };

test('a fault is shown as it was given, with its defaults and its state', () => {
  const shown = {
    name: 'slow',
    type: 'origin_slow',
    match: {},
    delay: '2s',
    probability: 1,
    starts: '0s',
    enabled: true,
    managed_by: 'api',
    state: 'active',
  };
  expect(faults.add(slow)).toEqual(shown);
  expect(faults.list()).toEqual([shown]);
  expect(faults.remove('slow')).toEqual(shown);
  expect(faults.list()).toEqual([]);
  expect(events.recent().map(({ type, data }) => [type, data.fault])).toEqual([
    ['fault.started', 'slow'],
    ['fault.ended', 'slow'],
  ]);
});

test('set changes what it names, and null gives the default back', () => {
  faults.add({ ...slow, duration: '10s', probability: 0.5, match: { path: '/a', method: 'GET' } });
  expect(faults.set('slow', { delay: '5s', match: { path: '/b' } })).toMatchObject({ delay: '5s', duration: '10s' });
  expect(faults.list()).toMatchObject([{ match: { path: '/b' }, probability: 0.5 }]);
  expect(faults.set('slow', { duration: null, probability: null })).not.toHaveProperty('duration');
  expect(faults.list()).toMatchObject([{ probability: 1 }]);
  expect(faults.set('slow', { enabled: false })).toMatchObject({ state: 'disabled' });
  expect(faults.set('slow', { enabled: true, starts: '1s' })).toMatchObject({ state: 'waiting' });
});

describe('what is refused says what is wrong, and changes nothing', () => {
  test.each<[string, unknown, RegExp]>([
    ['no mapping', [], /must be a mapping/],
    ['no type', { name: 'a' }, /type is required/],
    [
      'an unknown type',
      { name: 'a', type: 'gremlins' },
      /type must be a type of fault; types are: data_center_down, .*"gremlins"/,
    ],
    [
      'a misspelt type',
      { name: 'a', type: 'origin_slo', delay: '2s' },
      /type must be a type of fault; did you mean "origin_slow"\?/,
    ],
    [
      'a key of match that means nothing for its type',
      { name: 'a', type: 'connector_refused', match: { host: 'app.example.com' } },
      /match\.host is of no meaning for a fault of this type; allowed: tunnel, connector, data_center/,
    ],
    ['a probability that cannot be', { ...slow, probability: 1.5 }, /probability must be at most 1; it is 1\.5/],
    [
      'a data center of the other side',
      { name: 'a', type: 'data_centers_partitioned', match: { data_center: 'NRT' }, from: ['KIX', 'LHX'] },
      /from\.1 is not the code of a data center: "LHX"; did you mean "LHR"/,
    ],
    [
      'a region that does not exist',
      { name: 'a', type: 'probes_failing', match: { region: ['WEU', 'MOON'] } },
      /match\.region\.1 is "MOON", but no region has that name; there are: /,
    ],
    [
      'a skew without a sign',
      { name: 'a', type: 'clock_skew', by: '5m' },
      /by must be a span of time with its sign, such as \+5m or -1h; it is "5m"/,
    ],
    [
      'a stretch that no way has',
      { name: 'a', type: 'link_latency', between: 'edge-client', latency: '1s' },
      /between must be one of client-edge, edge-edge, edge-connector, connector-origin, edge-origin/,
    ],
    [
      'a rate of nothing',
      { name: 'a', type: 'link_bandwidth', between: 'edge-origin', rate: 0 },
      /rate must be at least 1/,
    ],
    [
      'a loss of more than all',
      { name: 'a', type: 'link_loss', between: 'edge-origin', loss: 2 },
      /loss must be at most 1/,
    ],
    ['a misspelt key', { ...slow, dely: '2s' }, /dely is not a known key; did you mean "delay"\?/],
    [
      'a misspelt key of match',
      { ...slow, match: { pol: 'a' } },
      /match\.pol is not a known key; did you mean "pool"\?/,
    ],
    ['a key of another type', { ...slow, status: 500 }, /status is not a known key/],
    ['no delay', { name: 'a', type: 'origin_slow' }, /delay is required/],
    ['a bad span', { ...slow, delay: '2 seconds' }, /delay must be a span of time/],
    [
      'a pool that is not there',
      { ...slow, match: { pool: 'web' } },
      /match\.pool is "web", but no pool has that name/,
    ],
    ['no data center', { name: 'a', type: 'data_center_down' }, /match is required/],
    [
      'a misspelt data center',
      { name: 'a', type: 'data_center_down', match: { data_center: 'NTR' } },
      /did you mean "NRT"/,
    ],
    ['a host with a port', { ...slow, match: { host: 'app.example.com:80' } }, /match\.host must be a host name alone/],
    [
      'a host as a URL',
      { ...slow, match: { host: 'http://app.example.com' } },
      /match\.host must be a host name alone/,
    ],
    ['a bad name', { ...slow, name: 'a b' }, /name must be 1 to 64 letters/],
    ['no name', { type: 'origin_refuse' }, /name is required/],
  ])('%s', (_what, input, message) => {
    expect(() => faults.add(input as FaultInput)).toThrow(
      expect.objectContaining({ code: 'FAULT_INVALID', status: 400, message: expect.stringMatching(message) }),
    );
    expect(faults.list()).toEqual([]);
  });

  test('and says what to do about the cause: a name that is not there, or the form', () => {
    const fixOf = (input: object): string => {
      try {
        faults.add(input as FaultInput);
      } catch (error) {
        return (error as ColocalError).fix;
      }
      return 'it was accepted';
    };
    expect(fixOf({ ...slow, match: { pool: 'web' } })).toContain('the name of something that is there');
    expect(fixOf({ ...slow, delay: '2 seconds' })).toContain('docs/faults.md has all fields of each type');
    expect(fixOf({ ...slow, delay: '2 seconds', match: { pool: 'web' } })).toContain('docs/faults.md');
  });

  test('a second one of the same name, and names that are not there', () => {
    faults.add(slow);
    expect(() => faults.add({ ...slow, delay: '9s' })).toThrow(expect.objectContaining({ code: 'FAULT_EXISTS' }));
    const unknown = expect.objectContaining({ code: 'FAULT_UNKNOWN', message: expect.stringContaining('mean "slow"') });
    expect(() => faults.set('slo', {})).toThrow(unknown);
    expect(() => faults.remove('slo')).toThrow(unknown);
    expect(faults.list()).toMatchObject([{ delay: '2s' }]);
  });

  test.each<[unknown, RegExp]>([
    [{ type: 'origin_refuse' }, /type cannot be changed/],
    [{ name: 'fast' }, /name cannot be changed/],
    [{ delay: null }, /delay is required/],
    [{ probability: 2 }, /probability must be at most 1/],
    ['faster', /must be a mapping/],
  ])('the change %j', (patch, message) => {
    faults.add(slow);
    expect(() => faults.set('slow', patch as FaultPatch)).toThrow(message);
    expect(faults.list()).toMatchObject([{ delay: '2s', probability: 1, state: 'active' }]);
  });
});
