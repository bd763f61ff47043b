/*
 * What a command does for the process that started it over an IPC channel, as `demo` does. Without one, nothing.
 */

/** The command has opened what it was told to open. */
export interface ReadyMessage {
  /** What the parent cannot know otherwise, e.g. where a listener of port 0 is, by name. */
  readonly ready: Readonly<Record<string, string>>;
}

/** What a message over the channel says; undefined when it is none of ours. */
export function readReady(message: unknown): ReadyMessage['ready'] | undefined {
  const { ready } = (typeof message === 'object' && message !== null ? message : {}) as Partial<ReadyMessage>;
  return typeof ready === 'object' && ready !== null ? ready : undefined;
}

/** Something happened that whoever watches the parent should know, e.g. an edit of the configuration was refused. */
interface NewsMessage {
  readonly news: string;
}

/** What a message over the channel tells; undefined when it is none of ours. */
export function readNews(message: unknown): string | undefined {
  const { news } = (typeof message === 'object' && message !== null ? message : {}) as Partial<NewsMessage>;
  return typeof news === 'string' ? news : undefined;
}

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

export function tellParentReady(facts: ReadyMessage['ready'] = {}): void {
  process.send?.({ ready: facts } satisfies ReadyMessage);
}

export function tellParentNews(news: string): void {
  process.send?.({ news } satisfies NewsMessage);
}
