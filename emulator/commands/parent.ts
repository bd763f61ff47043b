/*
 * What a command does for the process that started it over an IPC channel, as `demo` does. Without one, nothing.
 */

/** The only message on the channel: the command has opened what it was told to open. */
export const READY = 'ready';

/**
 * Gives this process a SIGTERM when the one that started it is gone, however that ended: the kernel closes the
 * channel even after a SIGKILL.
 */
export function endWithParent(): void {
  const end = (): void => {
    process.kill(process.pid, 'SIGTERM');
  };
  // false, not undefined: there was a channel, and it closed while this process was still loading.
  if (process.connected === false) end();
  process.once('disconnect', end);
}

export function tellParentReady(): void {
  process.send?.(READY);
}
