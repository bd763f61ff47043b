/** What a response's head says of its body's length: absent, one number, or something that cannot be. */
export type DeclaredLength = number | undefined | 'invalid';

/**
 * Reads Content-Length, so that a body of another length is noticed here and not by the client's next response
 * (RFC 9112 6.3). Who answers may be wrong, or may be no friend.
 */
export function declaredLength(headers: readonly string[]): DeclaredLength {
  let declared: DeclaredLength;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    // Most names differ in length already: only these are worth folding.
    if (name.length !== CONTENT_LENGTH.length || name.toLowerCase() !== CONTENT_LENGTH) continue;
    const value = headers[i + 1] as string;
    const length = /^\d{1,15}$/.test(value) ? Number(value) : 'invalid';
    if (length === 'invalid' || (declared !== undefined && declared !== length)) return 'invalid';
    declared = length;
  }
  return declared;
}

const CONTENT_LENGTH = 'content-length';
