import { expect, test } from 'vitest';
import { createRng } from '../../../runtime/rng.js';
import { DATA_CENTERS } from '../../geo/data-centers.js';
import type { ProbeMatch } from '../../state/fault.types.js';
import type { FaultInput } from '../../state/schemas/fault.js';
import { struckRequest } from '../faults.fixture.js';

const rng = createRng(1);

/** Whether a probe of `web-a` in `web`, through the tunnel `app`, fails. */
function fails(match: ProbeMatch, code = 'NRT'): boolean {
  const from = DATA_CENTERS.get(code);
  if (!from) throw new Error(`${code} exists`);
  const { hooks } = struckRequest([{ name: 'blind', type: 'probes_failing', match } as FaultInput]);
  const subject = { pool: { id: 'pool-id', name: 'web' }, origin: { name: 'web-a' }, tunnelId: 'app-id' };
  return hooks.probe({ ...subject, from } as never, rng)?.passed === false;
}

test.each<[ProbeMatch, string, boolean]>([
  [{}, 'NRT', true],
  [{ data_center: 'NRT' }, 'NRT', true],
  [{ data_center: ['LHR', 'NRT'] }, 'NRT', true],
  [{ data_center: ['LHR'] }, 'NRT', false],
  [{ region: 'NEAS' }, 'NRT', true],
  [{ region: ['WEU', 'NEAS'] }, 'LHR', true],
  [{ region: 'WEU' }, 'NRT', false],
  [{ region: 'WEU', data_center: 'NRT' }, 'NRT', false],
  [{ pool: 'web' }, 'NRT', true],
  [{ pool: 'pool-id' }, 'NRT', true],
  [{ pool: 'api' }, 'NRT', false],
  [{ endpoint: 'web-a' }, 'NRT', true],
  [{ endpoint: 'web-b' }, 'NRT', false],
  [{ tunnel: 'app' }, 'NRT', true],
  [{ tunnel: 'gateway' }, 'NRT', false],
])('%j, from %s: %s', (match, code, expected) => {
  expect(fails(match, code)).toBe(expected);
});
