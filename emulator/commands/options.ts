import { InvalidArgumentError, Option } from 'commander';
import { LOG_FORMATS, LOG_LEVELS } from '../observe/log.js';

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** Reads `HOST:PORT`; IPv6 addresses stand in brackets. */
export function parseHostAndPort(text: string): HostAndPort {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) {
    throw new InvalidArgumentError('It must be HOST:PORT, e.g. 127.0.0.1:9001 or [::1]:9001; port 0 takes a free one.');
  }
  return { host, port };
}

/** A whole number stays one, so that `--seed 7` and `seed: 7` are the same seed. */
export function parseSeed(text: string): number | string {
  const number = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(number) ? number : text;
}

export function logLevelOption(): Option {
  return new Option('--log-level <level>', 'what the log shows').choices(LOG_LEVELS).default('info');
}

export function logFormatOption(): Option {
  return new Option('--log-format <format>', 'pretty, json, or auto: pretty on a terminal')
    .choices(LOG_FORMATS)
    .default('auto');
}
