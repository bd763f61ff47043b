import { expect, test } from 'vitest';
import { createClock } from '../../runtime/clock.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { ACCOUNT, active } from './faults.fixture.js';
import { PLAIN } from './hooks.js';
import { HooksCompiler } from './hooks-compiler.js';

const deadlines = new ManualDeadlines();
const compiler = () => new HooksCompiler({ deadlines, clock: createClock({ mode: 'manual', deadlines }) });

test('without faults the hooks are the plain ones', () => {
  expect(compiler().compile([], ACCOUNT)).toBe(PLAIN);
});

test('changes that have nothing to do with faults leave the hooks as they are', () => {
  const { compile } = bound(compiler());
  const faults = [active({ name: 'a', type: 'origin_refuse', match: { pool: 'web' } })];
  const hooks = compile(faults, ACCOUNT);
  expect(compile([...faults], { ...ACCOUNT, zones: new Map() })).toBe(hooks);
  // A pool of another name, a fault that begins: something else is matched.
  expect(compile(faults, { ...ACCOUNT, pools: new Map() })).not.toBe(hooks);
  expect(compile([...faults, active({ name: 'b', type: 'origin_refuse' })], ACCOUNT)).not.toBe(hooks);
});

test('what a fault did to connections is told while it lasts, also when others come and go', () => {
  const { compile } = bound(compiler());
  const cut = active({ name: 'cut', type: 'connector_disconnected' });
  const other = active({ name: 'other', type: 'connector_refused', match: { tunnel: 'gateway' } });
  compile([cut], ACCOUNT).link({ tunnelId: 'app-id', connectorId: 'c1', index: 0, dataCenter: 'KIX' }, true);
  const lost = (faults: Parameters<HooksCompiler['compile']>[0]) =>
    compile(faults, ACCOUNT).replicas?.lost('app-id', 'NRT', 'LHR') ?? [];
  expect(lost([cut, other])).toMatchObject([{ subject: 'cut' }]);
  expect(lost([other])).toEqual([]);
  expect(lost([cut, other])).toEqual([]);
});

function bound(made: HooksCompiler) {
  return { compile: (...given: Parameters<HooksCompiler['compile']>) => made.compile(...given) };
}
