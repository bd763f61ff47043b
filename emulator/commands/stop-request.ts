const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Resolves when somebody asks the process to stop. After that the signals have their default effect again, so
 * that a second Ctrl-C ends a process that hangs.
 */
export function stopRequested(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      for (const other of SIGNALS) process.off(other, stop);
      resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, stop);
  });
}

/**
 * A process that was started over an IPC channel gets a SIGTERM when the one that started it is gone, however that
 * ended: the kernel closes the channel even after a SIGKILL.
 */
export function endWithParent(): void {
  const end = (): void => {
    process.kill(process.pid, 'SIGTERM');
  };
  // false, not undefined: there was a channel, and it closed while this process was still loading.
  if (process.connected === false) end();
  process.once('disconnect', end);
}
