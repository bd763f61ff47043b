/**
 * What the v4 API refuses a request with: the service's own numbers and texts (docs/reference/api.md 1.2 and
 * section 3), because clients match on them.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    /** HTTP status. */
    readonly status: number,
    readonly errors: readonly ErrorItem[],
  ) {
    super(errors.map(({ code, message }) => `${code} ${message}`).join('; '));
  }
}

/** One entry of the envelope's `errors`. */
export interface ErrorItem {
  readonly code: number;
  readonly message: string;
  /** What lies beneath, in the same form. */
  readonly error_chain?: readonly { readonly code: number; readonly message: string }[];
  /** JSON pointer to the field. */
  readonly source?: { readonly pointer: string };
}

export function apiError(status: number, code: number, message: string, more: Partial<ErrorItem> = {}): ApiError {
  return new ApiError(status, [{ code, message, ...more }]);
}

// The gateway's: what is wrong before any product's service sees the request (docs/reference/api.md 1.2).

export const noCredentials = (): ApiError =>
  apiError(400, 9106, 'Missing X-Auth-Key, X-Auth-Email or Authorization headers');

export const malformedCredentials = (code: 6103 | 6111): ApiError =>
  apiError(400, 6003, 'Invalid request headers', {
    error_chain: [{ code, message: `Invalid format for ${code === 6111 ? 'Authorization' : 'X-Auth-Key'} header` }],
  });

export const wrongCredentials = (): ApiError => apiError(403, 10000, 'Authentication error');

export const methodNotAllowed = (method: string): ApiError =>
  apiError(405, 10000, `${method} method not allowed for the api_token authentication scheme`);

/** An unknown path, or an id of the wrong shape or of somebody else's account. */
export const couldNotRoute = (path: string): ApiError =>
  apiError(404, 7003, `Could not route to ${path}, perhaps your object identifier is invalid?`);

export const malformedJson = (): ApiError => apiError(400, 6007, 'Malformed JSON in request body');

export const wrongContentType = (): ApiError => apiError(400, 9207, 'Content-type must be application/json.');

export const bodyTooLarge = (limit: number): ApiError =>
  apiError(413, 6007, `The request body is larger than ${limit} bytes`);

export const internalError = (): ApiError =>
  apiError(500, 1000, 'Internal server error; the log of the edge has the details');

/** A change that could not be kept on disk is not accepted (docs/state.md). */
export const notStored = (): ApiError =>
  apiError(503, 1000, 'The change could not be stored; the log of the edge has the details');
