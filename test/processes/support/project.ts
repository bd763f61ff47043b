import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's own folder. */
export const PROJECT = join(dirname(fileURLToPath(import.meta.url)), '../../..');
