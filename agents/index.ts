export { type ConnectorCommandOptions, runConnectorCommand, type SignalSource } from './command.js';
export { runConnector } from './connector.js';
export type {
  Closed,
  ConnectionState,
  ConnectionStatus,
  Connector,
  ConnectorOptions,
  Log,
} from './connector.types.js';
