import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The real cloudflared: CLOUDFLARED_BIN, or what is on PATH. */
export const CLOUDFLARED: string | undefined =
  process.env.CLOUDFLARED_BIN ??
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'cloudflared'))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

if (CLOUDFLARED === undefined) {
  console.error('NOT TESTED: cloudflared itself: it is not on PATH, and CLOUDFLARED_BIN does not name it');
}
