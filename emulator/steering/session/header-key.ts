import { hash } from 'node:crypto';
import type { SessionAffinityAttributes } from '../../state/objects.js';
import { cookiesIn } from './cookies.js';

/** The key of a request's session; undefined: it has too few of the headers, so it has none. `headers` is a flat list. */
export type HeaderKey = (headers: readonly string[]) => string | undefined;

/** One configured item. */
interface Item {
  /** Tells it from every other item: headers in lower case, cookies in order. */
  readonly name: string;
  /** Its values in a request; empty: the request has none. */
  valuesIn(headers: readonly string[]): readonly string[];
}

/**
 * Sessions by headers (docs/reference/load-balancing.md 5.2, 14.18): the configured headers with their values, in the
 * configured order. `cookie` stands for all cookies and `cookie:<a>,<b>` for those, sorted; such an item is there when
 * any of its cookies is. A digest, so that a session costs the same however long the headers are.
 */
export function compileHeaderKey({
  headers,
  require_all_headers,
}: Pick<SessionAffinityAttributes, 'headers' | 'require_all_headers'>): HeaderKey {
  const items = headers.map(itemOf);
  return (given) => {
    let text = '';
    let present = 0;
    for (const item of items) {
      const values = item.valuesIn(given);
      if (values.length > 0) present++;
      // Names and values hold neither of the two separators. Counted, so that an empty value is not the same as none.
      text += `${item.name}\0${values.length}\0${values.join('\0')}\n`;
    }
    const enough = require_all_headers ? present === items.length : present > 0;
    return enough ? hash('sha256', text, 'base64') : undefined;
  };
}

function itemOf(text: string): Item {
  const name = text.toLowerCase();
  if (name !== 'cookie' && !name.startsWith('cookie:')) return { name, valuesIn: (all) => valuesOf(name, all) };
  // The names of cookies have upper and lower case.
  const wanted =
    name === 'cookie'
      ? undefined
      : new Set(
          text
            .slice('cookie:'.length)
            .split(',')
            .map((each) => each.trim()),
        );
  return {
    name: wanted ? `cookie:${[...wanted].sort().join(',')}` : name,
    valuesIn(headers) {
      const chosen: string[] = [];
      for (const [cookie, value] of cookiesIn(headers))
        if (wanted?.has(cookie) !== false) chosen.push(`${cookie}=${value}`);
      return chosen.sort();
    },
  };
}

function valuesOf(name: string, headers: readonly string[]): string[] {
  const values: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const given = headers[i] as string;
    if (given.length === name.length && given.toLowerCase() === name) values.push(headers[i + 1] as string);
  }
  return values;
}
