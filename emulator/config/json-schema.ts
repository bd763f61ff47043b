import * as z from 'zod';
import { fileSchema } from './schema.js';

/**
 * The JSON Schema of colocal.yaml, from which editors complete and explain its keys. Draft 7, because that is what
 * YAML language servers read best. References between objects are plain strings to it.
 */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(fileSchema, {
    target: 'draft-7',
    io: 'input',
    override({ zodSchema, jsonSchema }) {
      const { def } = zodSchema._zod;
      // Loading refuses keys that it does not know, also where the API keeps them.
      if (def.type === 'object') jsonSchema.additionalProperties = false;
      // The bounds of exact integers say nothing to a person.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  const { $schema, ...rest } = schema;
  return { $schema, title: 'colocal.yaml', description: 'Configuration of colocal: docs/configuration.md.', ...rest };
}

/** The text of colocal.schema.json. */
export function configJsonSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}
