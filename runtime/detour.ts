/** Where a dial leads in place of what was asked for. */
export interface DetourTarget {
  readonly host: string;
  readonly port: number;
}

/**
 * Leads dials elsewhere, so that a configuration can name addresses that a test does not have: its app listens on a port
 * that was free. Asked at every dial; undefined: dialled as asked for.
 */
export type Detour = (host: string, port: number) => DetourTarget | undefined;
