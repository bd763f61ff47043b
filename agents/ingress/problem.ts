/** Where in a configuration document something stands: keys and list positions from its root. */
export type ConfigurationPath = readonly (string | number)[];

/** A configuration document says something it may not. Whoever knows where the document came from names the place. */
export class ConfigurationProblem extends Error {
  override readonly name = 'ConfigurationProblem';
  constructor(
    readonly path: ConfigurationPath,
    message: string,
  ) {
    super(message);
  }
}

export function invalid(path: ConfigurationPath, message: string): ConfigurationProblem {
  return new ConfigurationProblem(path, message);
}

/** `ingress[0].service`. */
export function pathText(path: ConfigurationPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

export function record(value: unknown, path: ConfigurationPath): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(path, `${pathText(path) || 'the configuration'} is a mapping of keys to values`);
  }
  return value as Record<string, unknown>;
}
