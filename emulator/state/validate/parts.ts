import type * as z from 'zod';
import { DATA_CENTERS } from '../../geo/data-centers.js';
import { parseNetwork } from '../addresses.js';
import { problemsOf } from '../issues.js';
import type { LocationRule } from '../objects.js';
import { isHostname } from '../schemas/names.js';
import { clientRuleSchema, dataCentersSchema, locationRuleSchema } from '../schemas/places.js';
import { accountSchema, settingsSchema } from '../schemas/settings.js';
import type { Problem } from '../state.types.js';
import type { Check } from './index.js';

/** What is not an object: the account itself, settings, data centers, clients, locations. */
export const checkParts: Check = function* (after) {
  yield* bySchema(accountSchema, after.account, ['account']);
  yield* bySchema(settingsSchema, after.settings, ['settings']);
  yield* bySchema(dataCentersSchema, after.data_centers, ['data_centers']);
  for (const [index, code] of after.data_centers.entries()) {
    yield* checkCode(code, ['data_centers', index]);
    if (after.data_centers.indexOf(code) !== index) {
      yield { path: ['data_centers', index], code: 'not_unique', message: `is there twice: ${code}` };
    }
  }
  for (const [index, rule] of after.clients.entries()) {
    const at = ['clients', index];
    yield* bySchema(clientRuleSchema, rule, at);
    const network = parseNetwork(rule.network);
    if ('problem' in network) yield { path: [...at, 'network'], code: 'invalid_network', message: network.problem };
    if (rule.data_center !== undefined) yield* checkCode(rule.data_center, [...at, 'data_center']);
  }
  for (const [index, rule] of after.locations.entries()) {
    yield* bySchema(locationRuleSchema, rule, ['locations', index]);
    yield* checkLocation(rule, ['locations', index]);
  }
};

function* bySchema(schema: z.ZodType, value: unknown, at: Problem['path']): Generator<Problem> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) yield* problemsOf(parsed.error.issues, value, at);
}

function* checkCode(code: string, path: Problem['path']): Generator<Problem> {
  if (DATA_CENTERS.has(code)) return;
  yield {
    path,
    code: 'unknown_data_center',
    message: `must be the code of a data center, e.g. NRT; it is ${JSON.stringify(code)}`,
  };
}

function* checkLocation(rule: LocationRule, at: Problem['path']): Generator<Problem> {
  if (!isHostname(rule.match)) {
    const network = parseNetwork(rule.match);
    if ('problem' in network) {
      const message = `must be a host name or a CIDR such as 10.0.0.0/8; it is ${JSON.stringify(rule.match)}`;
      yield { path: [...at, 'match'], code: 'invalid_network', message };
    }
  }
  if (rule.data_center !== undefined) yield* checkCode(rule.data_center, [...at, 'data_center']);
  const coordinates = [rule.latitude, rule.longitude].filter((value) => value !== undefined).length;
  if (coordinates !== (rule.data_center === undefined ? 2 : 0)) {
    yield { path: [...at], code: 'incomplete_place', message: 'needs either data_center, or latitude and longitude' };
  }
}
