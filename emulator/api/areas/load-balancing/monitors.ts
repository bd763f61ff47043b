import * as z from 'zod';
import type { Monitor } from '../../../state/objects.js';
import { SCHEMAS } from '../../../state/schemas/index.js';
import { crud, found } from '../../crud.js';
import type { Area } from '../../endpoint.js';
import { type Json, merged } from '../../merge.js';
import { times, writable } from '../../shown.js';
import { previewStarted, startPreview } from './previews.js';
import { referencesEndpoint } from './references.js';
import { notFound, refusal } from './refusal.js';
import { alsoForUser } from './user-alias.js';

/** docs/reference/api.md 2.2. */
const monitorResult = z.object({
  id: z.string(),
  type: z.string(),
  description: z.string(),
  method: z.string(),
  path: z.string(),
  port: z.number(),
  header: z.record(z.string(), z.array(z.string())),
  expected_codes: z.string(),
  expected_body: z.string(),
  follow_redirects: z.boolean(),
  allow_insecure: z.boolean(),
  interval: z.number(),
  timeout: z.number(),
  retries: z.number(),
  consecutive_up: z.number(),
  consecutive_down: z.number(),
  probe_zone: z.string(),
  created_on: z.string(),
  modified_on: z.string(),
});

/** Clients of other types of monitors send these empty (docs/reference/api.md 2.2). */
export const EMPTY_IS_UNSET: ReadonlySet<string> = new Set(['method', 'path', 'expected_codes']);

const PATH = '/accounts/:account_id/load_balancers/monitors';
const HEADERS: ReadonlySet<string> = new Set(['header']);

function shownMonitor({ managed_by: _by, ...monitor }: Monitor): z.infer<typeof monitorResult> {
  const isHttp = monitor.type === 'http' || monitor.type === 'https';
  return {
    ...monitor,
    ...times({ ...monitor, managed_by: _by }),
    // A path is for HTTP alone (docs/reference/api.md 2.2).
    path: isHttp ? monitor.path : '',
    header: Object.fromEntries(Object.entries(monitor.header).map(([name, values]) => [name, [...values]])),
  };
}

/** A monitor of another type asks in another way: what was asked before is no default for it. */
function patched(before: Json, patch: Json): Json {
  const { method: _method, ...others } = before;
  const isOtherType = patch.type !== undefined && patch.type !== null && patch.type !== before.type;
  return merged(isOtherType ? others : before, patch, HEADERS);
}

export const monitors: Area = {
  title: 'Monitors',
  refusal,
  endpoints: (deps) =>
    alsoForUser([
      ...crud(
        {
          kind: 'monitors',
          noun: 'monitor',
          path: PATH,
          body: SCHEMAS.monitors,
          result: monitorResult,
          list: ({ monitors }) => [...monitors.values()],
          shown: shownMonitor,
          emptyIsUnset: EMPTY_IS_UNSET,
          patched,
          notFound: notFound('monitor'),
        },
        deps,
      ),
      {
        method: 'POST',
        path: `${PATH}/:id/preview`,
        summary: 'Check the pools that use a monitor once, as it would be with the changes given',
        body: SCHEMAS.monitors,
        result: previewStarted,
        handle: (call) => {
          const id = call.param('id');
          const { monitors, pools } = deps.state.read();
          const monitor = found(monitors.get(id), id, call, notFound('monitor'));
          const users = [...pools.values()].filter((pool) => pool.monitor === id);
          return startPreview(users, patched(writable(monitor) as Json, call.body), deps);
        },
      },
      referencesEndpoint('monitors', 'monitor', PATH, deps),
    ]),
};
