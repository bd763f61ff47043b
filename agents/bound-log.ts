import type { Log } from './connector.types.js';

/** A log whose every line has `fields`, which are asked for anew each time. */
export function boundLog(log: Log, fields: () => object): Log {
  const bound =
    (level: keyof Log) =>
    (own: object, message: string): void =>
      log[level]({ ...fields(), ...own }, message);
  return { debug: bound('debug'), info: bound('info'), warn: bound('warn'), error: bound('error') };
}
