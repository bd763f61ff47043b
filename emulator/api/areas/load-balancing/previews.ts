import * as z from 'zod';
import type { PreviewedPool } from '../../../health/previews.js';
import { problemsOf } from '../../../state/issues.js';
import { COMPLETE } from '../../../state/kinds.js';
import type { Monitor, Pool } from '../../../state/objects.js';
import { SCHEMAS } from '../../../state/schemas/index.js';
import { checkMonitor } from '../../../state/validate/monitors.js';
import { ValidationError } from '../../../state/validation-error.js';
import type { ApiDeps } from '../../api.types.js';
import { found } from '../../crud.js';
import type { Area } from '../../endpoint.js';
import type { Answer } from '../../envelope.js';
import { apiError } from '../../errors.js';
import { type Json, withoutNulls } from '../../merge.js';
import { EMPTY_IS_UNSET } from './monitors.js';
import { originResults, shownOpinion } from './probe-result.js';
import { notFound, refusal } from './refusal.js';
import { alsoForUser } from './user-alias.js';

/** What every start of a preview answers (docs/reference/api.md 2.1). */
export const previewStarted = z.object({ preview_id: z.string(), pools: z.record(z.string(), z.string()) });

const previewResult = z.record(z.string(), z.object({ healthy: z.boolean(), origins: originResults }));

/** Checks the pools once with the monitor that a body describes; it is held against the rules of all monitors. */
export function startPreview(pools: readonly Pool[], body: Json, deps: ApiDeps): Answer {
  const preview_id = deps.previews.start(pools, monitorOf(body, deps));
  if (preview_id === undefined) {
    throw apiError(429, 971, 'Please wait and consider throttling your request speed: too many previews are running');
  }
  return { result: { preview_id, pools: Object.fromEntries(pools.map(({ id, name }) => [id, name])) } };
}

function monitorOf(body: Json, { state, now }: ApiDeps): Monitor {
  const given = withoutNulls(body, EMPTY_IS_UNSET);
  const at = ['monitors', 'preview'];
  const parsed = SCHEMAS.monitors.safeParse(given);
  if (!parsed.success) throw new ValidationError(problemsOf(parsed.error.issues, given, at));
  const account = state.read();
  const fields = COMPLETE.monitors(parsed.data, { given: parsed.data, before: undefined, account, now: now() });
  const monitor: Monitor = { ...fields, id: 'preview', managed_by: 'api', created_on: now(), modified_on: now() };
  const problems = [...checkMonitor(monitor, at, account)];
  if (problems.length > 0) throw new ValidationError(problems);
  return monitor;
}

function shownPreview(pools: readonly PreviewedPool[]): z.infer<typeof previewResult> {
  return Object.fromEntries(
    pools.map(({ poolId, healthy, endpoints }) => [
      poolId,
      { healthy, origins: endpoints.map(({ origin, opinion }) => shownOpinion(origin, opinion)) },
    ]),
  );
}

export const previews: Area = {
  title: 'Previews',
  refusal,
  endpoints: (deps) =>
    alsoForUser([
      {
        method: 'GET',
        path: '/accounts/:account_id/load_balancers/preview/:id',
        summary: 'What a preview found; the answer comes when every endpoint is checked, or after 30 seconds',
        partly: 'The latest 100 are kept, until the edge ends.',
        result: previewResult,
        handle: async (call) => {
          const id = call.param('id');
          const preview = found(deps.previews.find(id), id, call, notFound('preview'));
          return { result: shownPreview(await preview) };
        },
      },
    ]),
};
