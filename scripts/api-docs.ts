/** Writes the tables of docs/api.md: what of the v4 API is served, from the endpoints themselves. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { ApiDeps } from '../emulator/api/api.types.js';
import { withTables } from '../emulator/api/coverage.js';
import { NOT_SERVED } from '../emulator/api/not-served.js';
import { servedEndpoints } from '../emulator/api/served.js';

const page = new URL('../docs/api.md', import.meta.url);
// Endpoints touch what they are given only when they are called.
const served = servedEndpoints({} as ApiDeps);
writeFileSync(page, withTables(readFileSync(page, 'utf8'), served, NOT_SERVED));
