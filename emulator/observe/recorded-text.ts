import { isUtf8 } from 'node:buffer';

/** Headers whose values let whoever has them in. Lower case. */
const SECRET = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie']);

/** What is shown in place of a secret. */
export const HIDDEN = '[hidden]';

export interface NamedValue {
  readonly name: string;
  readonly value: string;
}

/** Recorded headers as people are shown them. `secrets`: with the values that are hidden otherwise. */
export function shownHeaders(headers: readonly string[], secrets: boolean): NamedValue[] {
  const shown: NamedValue[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const isHidden = !secrets && SECRET.has(name.toLowerCase());
    shown.push({ name, value: isHidden ? HIDDEN : (headers[i + 1] as string) });
  }
  return shown;
}

/** Values of a recorded header, by its name in lower case. */
export function valuesOf(headers: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if ((headers[i] as string).toLowerCase() === name) values.push(headers[i + 1] as string);
  }
  return values;
}

/** A recorded body as text; what is none, as a picture, in base64. */
export function bodyText(kept: Buffer): { readonly text: string; readonly encoding?: 'base64' } {
  return isUtf8(kept) ? { text: kept.toString('utf8') } : { text: kept.toString('base64'), encoding: 'base64' };
}
