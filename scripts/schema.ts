/** Writes colocal.schema.json, the JSON Schema of colocal.yaml, from the schemas that loading uses. */
import { writeFileSync } from 'node:fs';
import { configJsonSchemaText } from '../emulator/config/json-schema.js';

writeFileSync(new URL('../colocal.schema.json', import.meta.url), configJsonSchemaText());
