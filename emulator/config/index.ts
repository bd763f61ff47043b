export { parseListenAddress } from '../state/listen-address.js';
export { accountOf, applyConfig } from './apply.js';
export type {
  CloudflaredAddress,
  ConfigProblem,
  DnsAddress,
  Listen,
  ListenAddress,
  ListenerName,
  LoadedConfig,
  OpenAddress,
} from './config.types.js';
export { ConfigError, configNotFound, configUnreadable, formatProblem } from './config-error.js';
export type { WrittenCloudflared, WrittenDns } from './listen.js';
export { cloudflaredAddresses, dnsAddress, isLoopback } from './listen.js';
export { configFromObject, loadConfigFile, parseConfig } from './load.js';
export type { ConfigInput } from './schema.js';
export { type WatchConfigOptions, watchConfig } from './watch.js';
export type { Watch } from './watch-file.js';
export { asWritten } from './write/as-written.js';
export { exportConfig } from './write/export.js';
export type { LeftOut } from './write/left-out.js';
export { type WrittenConfig, writeConfig } from './write/write.js';
export type { WrittenAccount, WrittenKind, WrittenObjects } from './write/write.types.js';
