import { freePort } from '../../processes/support/ports.js';

/** Addresses on loopback with a port. Private ones behind a connector's `--map` stay as they are. */
const ADDRESS = /\b127\.0\.0\.1:(\d+)\b/g;

/**
 * Gives each port of loopback that the texts of an example name a free one of its own, so that examples run side by
 * side, and beside whatever has the usual ports.
 */
export class FreePorts {
  private constructor(private readonly ports: ReadonlyMap<string, number>) {}

  static async forTexts(texts: readonly string[]): Promise<FreePorts> {
    const ports = new Map<string, number>();
    for (const [, port = ''] of texts.flatMap((text) => [...text.matchAll(ADDRESS)])) {
      if (!ports.has(port)) ports.set(port, await freePort());
    }
    return new FreePorts(ports);
  }

  /** The same text, with the free ports. */
  in(text: string): string {
    return text.replaceAll(ADDRESS, (_address, port: string) => `127.0.0.1:${this.ports.get(port)}`);
  }
}
