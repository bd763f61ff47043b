import type { LoadedConfig } from '../../config/config.types.js';
import { tunnelToken } from '../token.js';

/** One process of the demonstration. */
export interface Role {
  readonly name: string;
  /** What it is there for, in a few words. */
  readonly what: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ConnectorRole extends Role {
  /** The tunnel's name. */
  readonly tunnel: string;
}

export interface Cast {
  readonly edge: Role;
  readonly origins: readonly Role[];
  readonly connectors: readonly ConnectorRole[];
}

/** The origins of examples/demo: by the ports which its ingress rules and the maps below name. */
const ORIGINS = [
  { name: 'tokyo-app', listen: '127.0.0.1:9101', what: 'app, behind tunnel tokyo' },
  { name: 'osaka-app', listen: '127.0.0.1:9102', what: 'app, behind tunnel osaka' },
  { name: 'internal-1', listen: '127.0.0.1:9103', what: 'internal, as 10.0.0.11:8080' },
  { name: 'internal-2', listen: '127.0.0.1:9104', what: 'internal, as 10.0.0.12:8080' },
] as const;

/** 10.0.0.0/24 exists on no laptop: the gateway's connector finds its two servers on loopback. */
const GATEWAY_MAPS = ['10.0.0.11:8080=127.0.0.1:9103', '10.0.0.12:8080=127.0.0.1:9104'] as const;

const CONNECTORS = [
  { name: 'tokyo-1', tunnel: 'tokyo', location: 'NRT', maps: [] },
  { name: 'tokyo-2', tunnel: 'tokyo', location: 'NRT', maps: [] },
  { name: 'osaka-1', tunnel: 'osaka', location: 'KIX', maps: [] },
  { name: 'gateway-1', tunnel: 'gateway', location: 'FRA', maps: GATEWAY_MAPS },
] as const;

/** Who plays in examples/demo. */
export function castDemo(config: LoadedConfig, configPath: string): Cast {
  const dial = config.listen.connectors;
  const edgeUrl = dial ? `ws://${dial.host}:${dial.port}` : '';
  return {
    edge: { name: 'edge', what: 'the data centers', args: ['up', '--config', configPath, '--log-level', 'warn'] },
    origins: ORIGINS.map(({ name, listen, what }) => ({
      name: `origin ${name}`,
      what: `${listen}  ${what}`,
      args: ['origin', '--name', name, '--listen', listen],
    })),
    connectors: CONNECTORS.map(({ name, tunnel, location, maps }) => ({
      name: `connector ${name}`,
      tunnel,
      what: `tunnel ${tunnel}, close to ${location}`,
      args: [
        ...['agent', 'run', '--edge', edgeUrl, '--location', location, '--log-level', 'warn'],
        ...maps.flatMap((map) => ['--map', map]),
      ],
      environment: { TUNNEL_TOKEN: tunnelToken(config, tunnel) },
    })),
  };
}
