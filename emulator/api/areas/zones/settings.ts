import * as z from 'zod';
import type { SslMode, Zone } from '../../../state/objects.js';
import type { ApiDeps } from '../../api.types.js';
import type { Area, Call } from '../../endpoint.js';
import { type ApiError, apiError } from '../../errors.js';
import { wholeList } from '../../paging.js';
import { plainRefusal } from '../../refusal.js';
import { instant } from '../../shown.js';
import { zoneOf } from './zones.js';

const setting = z.object({ id: z.string(), value: z.string(), editable: z.boolean(), modified_on: z.string() });
type Shown = z.infer<typeof setting>;
type Settings = Zone['settings'];

/** A setting as the API has it, and as the state keeps it. */
interface Setting {
  readonly value: (settings: Settings) => string;
  /** Undefined: not a value of it. */
  readonly changed: (settings: Settings, value: unknown) => Settings | undefined;
}

const SSL: readonly unknown[] = ['off', 'flexible', 'full', 'strict'] satisfies readonly SslMode[];
const isSsl = (value: unknown): value is SslMode => SSL.includes(value);

/** The settings that decide how a request reaches an origin. */
const SETTINGS: ReadonlyMap<string, Setting> = new Map<string, Setting>([
  [
    'ssl',
    {
      value: ({ ssl }) => ssl,
      changed: (settings, value) => (isSsl(value) ? { ...settings, ssl: value } : undefined),
    },
  ],
  [
    'always_use_https',
    {
      value: ({ always_use_https }) => (always_use_https ? 'on' : 'off'),
      changed: (settings, value) =>
        value === 'on' || value === 'off' ? { ...settings, always_use_https: value === 'on' } : undefined,
    },
  ],
]);

const unknownSetting = (id: string): ApiError => apiError(400, 1006, `Unrecognized zone setting name: ${id}`);

function shownSetting(zone: Zone, id: string): Shown {
  const found = SETTINGS.get(id);
  if (!found) throw unknownSetting(id);
  return { id, value: found.value(zone.settings), editable: true, modified_on: instant(zone.modified_on) };
}

const change = z.object({ id: z.string(), value: z.unknown() });
const ONLY = 'ssl (not origin_pull) and always_use_https';

export const zoneSettings: Area = {
  title: 'Zone settings',
  refusal: plainRefusal,
  endpoints: (deps) => [
    {
      method: 'GET',
      path: '/zones/:zone_id/settings',
      summary: 'All settings of a zone',
      partly: ONLY,
      result: setting.array(),
      handle: (call) => {
        const zone = zoneOf(deps.state.read(), call);
        return wholeList(Array.from(SETTINGS.keys(), (id) => shownSetting(zone, id)));
      },
    },
    {
      method: 'PATCH',
      path: '/zones/:zone_id/settings',
      summary: 'Change some settings of a zone',
      partly: ONLY,
      body: z.object({ items: change.array() }),
      result: setting.array(),
      handle: (call) => {
        const items = change.array().safeParse(call.body.items);
        if (!items.success) throw apiError(400, 1004, "Missing 'items'");
        const zone = write(deps, call, items.data);
        return wholeList(items.data.map(({ id }) => shownSetting(zone, id)));
      },
    },
    {
      method: 'GET',
      path: '/zones/:zone_id/settings/:id',
      summary: 'One setting of a zone',
      partly: ONLY,
      result: setting,
      handle: (call) => ({ result: shownSetting(zoneOf(deps.state.read(), call), call.param('id')) }),
    },
    {
      method: 'PATCH',
      path: '/zones/:zone_id/settings/:id',
      summary: 'Change one setting of a zone',
      partly: ONLY,
      body: z.object({ value: z.string() }),
      result: setting,
      handle: (call) => {
        const id = call.param('id');
        const given = 'value' in call.body ? [{ id, value: call.body.value }] : [];
        return { result: shownSetting(write(deps, call, given), id) };
      },
    },
  ],
};

function write({ state }: ApiDeps, call: Call, items: readonly z.infer<typeof change>[]): Zone {
  return state.transact('api', (draft) => {
    const zone = zoneOf(draft.read(), call);
    let { settings } = zone;
    for (const { id, value } of items) {
      const found = SETTINGS.get(id);
      if (!found) throw unknownSetting(id);
      const changed = found.changed(settings, value);
      if (!changed) throw apiError(400, 1007, `Invalid value for zone setting ${id}`);
      settings = changed;
    }
    return draft.put('zones', { id: zone.id, name: zone.name, settings });
  });
}
