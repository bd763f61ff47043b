import { Writable } from 'node:stream';
import type { DestinationStream, Logger } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `pretty` is for people, `json` for machines; `auto` is pretty on a terminal. */
export const LOG_FORMATS = ['auto', 'pretty', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Writes one line: fields first, as pino has it. The message of an `event` says it all: pretty lines leave its fields out. */
export interface LogLine {
  (fields: Readonly<Record<string, unknown>>, message: string): void;
  (message: string): void;
}

export interface Log {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
  /** Resolves when every line so far has been written. */
  flush(): Promise<void>;
}

export interface LogOptions {
  /** Lines below it are dropped. Default `info`. */
  readonly level?: LogLevel;
  /** Default `auto`. */
  readonly format?: LogFormat;
  /** Where lines go. Default: standard error, so that a command's output stays clean. */
  readonly destination?: DestinationStream;
}

const STANDARD_ERROR = 2;
type Severity = 'debug' | 'info' | 'warn' | 'error';

interface Opened {
  readonly logger: Logger;
  readonly pretty: boolean;
}

/**
 * The process's log: JSON lines, or readable ones on a terminal. The library is loaded by the first line that is
 * not dropped, so that a process which says nothing starts faster; lines wait for it in order.
 */
export function createLog(options: LogOptions = {}): Log {
  const level = options.level ?? 'info';
  let loading: Promise<Opened> | undefined;
  let opened: Opened | undefined;
  const least = LOG_LEVELS.indexOf(level);

  const line = (severity: Severity): LogLine => {
    if (LOG_LEVELS.indexOf(severity) < least) return () => undefined;
    return (first: Readonly<Record<string, unknown>> | string, message?: string) => {
      const write = ({ logger, pretty }: Opened) => {
        if (typeof first === 'string') logger[severity](first);
        else if (pretty && first.event !== undefined) logger[severity](message);
        else logger[severity](first, message);
      };
      if (opened) {
        write(opened);
        return;
      }
      loading ??= openLogger(level, options).then((done) => {
        opened = done;
        return done;
      });
      void loading.then(write);
    };
  };

  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    async flush() {
      await loading;
    },
  };
}

/** Both streams write in this thread and at once: worker threads cannot be found from a bundle, and the last line before an exit counts most. */
async function openLogger(level: LogLevel, options: LogOptions): Promise<Opened> {
  // A package of CommonJS has only its default export once it is bundled.
  const { default: pino } = await import('pino');
  const terminal = options.destination === undefined && process.stderr.isTTY === true;
  const destination = options.destination ?? pino.destination({ dest: STANDARD_ERROR, sync: true });
  const settings = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const format = options.format ?? 'auto';
  if (format === 'json' || (format === 'auto' && !terminal)) {
    return { logger: pino(settings, destination), pretty: false };
  }
  const { default: prettyStream } = await import('pino-pretty');
  const logger = pino(
    settings,
    prettyStream({
      destination: options.destination ? writableTo(options.destination) : STANDARD_ERROR,
      sync: true,
      colorize: terminal,
      // What collects the lines of several processes mixes them.
      singleLine: !terminal,
      translateTime: 'SYS:HH:MM:ss.l',
    }),
  );
  return { logger, pretty: true };
}

function writableTo(stream: DestinationStream): NodeJS.WritableStream {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      stream.write(chunk.toString());
      done();
    },
  });
}
