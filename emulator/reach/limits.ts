/** Bytes. Cloudflare takes 128 KB of response headers (docs/reference/load-balancing.md 10, error 520). */
export const MAX_RESPONSE_HEADERS = 128 * 1024;
