import type { LoadedConfig } from '../config/config.types.js';

/** Reads a configuration file with every rule an edge has for it. Loaded lazily: most commands need no parser. */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  const [{ loadConfigFile }, { unsupportedSteering }] = await Promise.all([
    import('../config/load.js'),
    import('../steering/unsupported.js'),
  ]);
  return loadConfigFile(path, { checks: [unsupportedSteering] });
}
