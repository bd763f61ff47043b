import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PROJECT } from '../../processes/support/project.js';

export interface Service {
  readonly build?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck: { readonly test: readonly string[] };
  readonly networks?: readonly string[] | Readonly<Record<string, { readonly ipv4_address?: string } | null>>;
  /** `service:NAME`: the network namespace of that one. */
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly cap_add?: readonly string[];
}

export interface Network {
  readonly internal?: boolean;
  readonly driver_opts?: Readonly<Record<string, string>>;
  readonly ipam?: { readonly config: readonly { readonly subnet: string }[] };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, Network | null>>;
}

/** Reads a compose file of the project, e.g. `examples/private-ip/compose.yaml`. */
export function readComposeFile(path: string): ComposeFile {
  return parse(readFileSync(join(PROJECT, path), 'utf8'), { merge: true });
}

/** The networks that a service has joined, by itself or in the namespace that it shares. Sorted. */
export function networksOf({ services }: ComposeFile, name: string): string[] {
  const service = services[name];
  const shared = /^service:(.+)$/.exec(service?.network_mode ?? '')?.[1];
  if (shared !== undefined) return networksOf({ services, networks: {} }, shared);
  const joined = service?.networks ?? [];
  return (Array.isArray(joined) ? [...joined] : Object.keys(joined)).sort();
}

/** Its address in a network, where the file gives it one. */
export function addressOf({ services }: ComposeFile, name: string, network: string): string | undefined {
  const joined = services[name]?.networks ?? [];
  return 'length' in joined
    ? undefined
    : (joined as Record<string, { ipv4_address?: string } | null>)[network]?.ipv4_address;
}
