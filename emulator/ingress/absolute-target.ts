export interface AbsoluteTarget {
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  /** Path and query; at least a slash. */
  readonly path: string;
}

const SCHEME = /^(https?):\/\//i;

/** Reads the absolute form of a request target, as forward proxies get it (RFC 9112 section 3.2.2); undefined when it is none. */
export function parseAbsoluteTarget(target: string): AbsoluteTarget | undefined {
  const match = SCHEME.exec(target);
  if (!match) return undefined;
  const start = match[0].length;
  let end = start;
  while (end < target.length && target[end] !== '/' && target[end] !== '?') end++;
  const rest = target.slice(end);
  return {
    scheme: match[1]?.toLowerCase() === 'https' ? 'https' : 'http',
    authority: target.slice(start, end),
    path: rest.startsWith('/') ? rest : `/${rest}`,
  };
}
