import { type IncomingHttpHeaders, validateHeaderName, validateHeaderValue } from 'node:http';
import type { RequestHead } from '../tunnel/connection.js';
import { headerValue } from './answering.js';
import { endToEnd } from './headers.js';

/** As Node's client takes them. */
export function headersOf(head: RequestHead): IncomingHttpHeaders {
  const headers: Record<string, string> = { host: head.authority };
  for (let i = 0; i < head.headers.length; i += 2) {
    const name = (head.headers[i] as string).toLowerCase();
    const value = head.headers[i + 1] as string;
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}

/** The head that switches the client's protocol; undefined when the other side's headers are none. */
export function switchingHead(headers: readonly string[], extra: readonly [string, string][]): string | undefined {
  const upgrade = headerValue(headers, 'upgrade') ?? 'websocket';
  const all = [...endToEnd(headers), 'Connection', 'Upgrade', 'Upgrade', upgrade, ...extra.flat()];
  let text = 'HTTP/1.1 101 Switching Protocols\r\n';
  try {
    for (let i = 0; i < all.length; i += 2) {
      const [name = '', value = ''] = all.slice(i, i + 2);
      validateHeaderName(name);
      validateHeaderValue(name, value);
      text += `${name}: ${value}\r\n`;
    }
  } catch {
    return undefined;
  }
  return `${text}\r\n`;
}

/** Cookies stand beside each other; of everything else there is one. */
export function addHeader(headers: IncomingHttpHeaders, name: string, value: string): void {
  if (name === 'set-cookie') headers[name] = [...(headers[name] ?? []), value];
  else headers[name] = value;
}
