import { describe, expect, test } from 'vitest';
import type { FailureKind } from '../tunnel/connection.js';
import { edgeError } from './edge-errors.js';
import { errorOf } from './status.js';

type Seen = readonly [status: number, code?: number];

/** docs/reference/load-balancing.md 10 and 14.26: what endpoints that are dialled, and published applications, give. */
const TABLE: Readonly<Record<FailureKind, readonly [dialled: Seen, published: Seen]>> = {
  refused: [[521], [502]],
  timeout: [[522], [502]],
  unreachable: [[523], [502]],
  dns: [[530, 1016], [502]],
  tls: [[525], [502]],
  certificate: [[526], [502]],
  invalid_response: [[520], [502]],
  reset: [[520], [502]],
  unspecified: [[521], [502]],
  overloaded: [[503], [503]],
  no_connector: [
    [530, 1033],
    [530, 1033],
  ],
  response_timeout: [[524], [524]],
  lost: [[502], [502]],
  aborted: [[502], [502]],
};

const seen = (kind: FailureKind, path: 'public' | 'private' | 'none' | 'tunnel'): Seen => {
  const { status, code } = edgeError(errorOf({ kind, detail: '', unsent: true }, path));
  return code === undefined ? [status] : [status, code];
};

describe('the error that a client sees', () => {
  test.each(Object.entries(TABLE) as [FailureKind, readonly [Seen, Seen]][])('of %s', (kind, [dialled, published]) => {
    expect(seen(kind, 'public')).toEqual(dialled);
    expect(seen(kind, 'private')).toEqual(dialled);
    expect(seen(kind, 'none')).toEqual(dialled);
    expect(seen(kind, 'tunnel')).toEqual(published);
  });
});
