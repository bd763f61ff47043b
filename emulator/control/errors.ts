import { type ColocalError, defineError } from '../../runtime/errors.js';

export const hostRefused = defineError<{ host: string }>('HOST_REFUSED', {
  status: 403,
  message: (d) => `the control API listens on loopback, and "${d.host}" is not a loopback name`,
  fix: () => 'ask for it as 127.0.0.1, [::1] or localhost',
});

export const originRefused = defineError<{ origin: string }>('ORIGIN_REFUSED', {
  status: 403,
  message: (d) => `a page from "${d.origin}" may not use the control API`,
  fix: () => 'call it from a program, or from a page that the control API itself serves',
});

export const tokenMissing = defineError('TOKEN_MISSING', {
  status: 401,
  message: () => 'the control API does not listen on loopback, so it needs the API token',
  fix: () => 'send "Authorization: Bearer <account.api_token>"; commands read it from COLOCAL_API_TOKEN',
});

export const tokenWrong = defineError('TOKEN_WRONG', {
  status: 401,
  message: () => 'the API token is not the one of this account',
  fix: () => 'use account.api_token of colocal.yaml; commands read it from COLOCAL_API_TOKEN',
});

export const routeUnknown = defineError<{ method: string; path: string }>('NOT_FOUND', {
  status: 404,
  message: (d) => `there is no ${d.method} ${d.path}`,
  fix: () => 'GET / lists what is there',
});

export const requestInvalid = defineError<{ detail: string }>('INVALID_REQUEST', {
  status: 400,
  message: (d) => d.detail,
  fix: () => 'GET /colocal/v1/openapi.json describes every request',
});

export const rayUnknown = defineError<{ ray: string }>('RAY_UNKNOWN', {
  status: 404,
  message: (d) => `no request with the ray "${d.ray}" is in the journal`,
  fix: () => 'the journal keeps the latest requests that have ended; GET /colocal/v1/requests lists them',
});

export const spanInvalid = defineError<{ by: string; longest: string }>('SPAN_INVALID', {
  status: 400,
  message: (d) => `"${d.by}" is not a span of time that the clock can be advanced by`,
  fix: (d) => `write a number and a unit (ms, s, m, h, d), at most ${d.longest}, e.g. {"by":"10m"}`,
});

export const streamsExhausted = defineError<{ limit: number }>('STREAMS_EXHAUSTED', {
  status: 503,
  message: (d) => `${d.limit} clients already follow events or requests`,
  fix: () => 'close one of them first',
});

export const internal = defineError('INTERNAL', {
  kind: 'system',
  status: 500,
  message: () => 'the control API failed to answer; this is a defect of colocal',
  fix: () => 'the log of the edge has the details',
});

/** How every error of the control API looks. */
export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly fix: string };
}

export function errorBody(error: ColocalError): ErrorBody {
  return { error: { code: error.code, message: error.message, fix: error.fix } };
}
