import { constants } from 'node:os';
import { describeError } from '../runtime/errors.js';
import { runConnector } from './connector.js';
import type { ConnectorOptions } from './connector.types.js';

/** What delivers signals: `process`. */
export interface SignalSource {
  on(signal: 'SIGTERM' | 'SIGINT', listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: 'SIGTERM' | 'SIGINT', listener: (signal: NodeJS.Signals) => void): unknown;
}

export interface ConnectorCommandOptions extends ConnectorOptions {
  /** Default: `process`. */
  readonly signals?: SignalSource;
  /** Where the two lines of an error go. Default: standard error. */
  readonly printError?: (text: string) => void;
  /** Told once, when all its connections are there; the connector's UUID. */
  readonly onReady?: (connector: string) => void;
}

const DEFAULT_METRICS = '127.0.0.1:0';

/**
 * `colocal agent run`: a connector for as long as the process lives. Resolves with the exit code.
 *
 * The first SIGTERM or SIGINT lets open requests finish within the grace period and ends with 0; a second
 * one ends at once with 128 and the signal's number. A connector that cannot go on ends with 1, and says
 * why in two lines.
 */
export async function runConnectorCommand(options: ConnectorCommandOptions): Promise<number> {
  const signals = options.signals ?? process;
  const printError = options.printError ?? ((text: string) => process.stderr.write(`${text}\n`));
  const connector = runConnector({ metrics: DEFAULT_METRICS, ...options });
  let asked = false;
  let atOnce: ((code: number) => void) | undefined;
  const interrupted = new Promise<number>((resolve) => {
    atOnce = resolve;
  });
  const onSignal = (signal: NodeJS.Signals): void => {
    if (asked) {
      atOnce?.(128 + constants.signals[signal]);
      void connector.close();
      return;
    }
    asked = true;
    options.log.info({ signal }, 'stopping; a second signal stops at once');
    void connector.drain();
  };
  signals.on('SIGTERM', onSignal);
  signals.on('SIGINT', onSignal);
  connector.ready.then(
    () => {
      options.log.info({ connector: connector.id, connections: connector.connections() }, 'ready');
      options.onReady?.(connector.id);
    },
    () => {},
  );
  try {
    return await Promise.race([interrupted, ended()]);
  } finally {
    signals.off('SIGTERM', onSignal);
    signals.off('SIGINT', onSignal);
  }

  async function ended(): Promise<number> {
    const closed = await connector.closed;
    if (closed.error) printError(describeError(closed.error));
    return closed.code;
  }
}
