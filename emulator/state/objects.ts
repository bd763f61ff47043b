export type * from './load-balancer.types.js';

/**
 * The account's objects, as they stand in the state. Field names and defaults are the API's
 * (docs/reference/api.md section 2); references between objects are ids.
 */
export type ManagedBy = 'file' | 'api';

/** What every object carries. Times are milliseconds since the epoch, in model time. */
export interface Managed {
  readonly id: string;
  readonly managed_by: ManagedBy;
  readonly created_on: number;
  readonly modified_on: number;
}

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly api_token: string;
}

export type SslMode = 'off' | 'flexible' | 'full' | 'strict';

export interface Zone extends Managed {
  readonly name: string;
  readonly settings: { readonly ssl: SslMode; readonly always_use_https: boolean };
}

/** The types that lead a request somewhere. All others are kept for the API's clients, and have no effect. */
export type AddressType = 'A' | 'AAAA' | 'CNAME';

export type DnsRecordType = AddressType | OtherRecordType;

type OtherRecordType =
  | 'CAA'
  | 'CERT'
  | 'DNSKEY'
  | 'DS'
  | 'HTTPS'
  | 'LOC'
  | 'MX'
  | 'NAPTR'
  | 'NS'
  | 'OPENPGPKEY'
  | 'PTR'
  | 'SMIMEA'
  | 'SRV'
  | 'SSHFP'
  | 'SVCB'
  | 'TLSA'
  | 'TXT'
  | 'URI';

export interface DnsRecord extends Managed {
  readonly zone_id: string;
  readonly name: string;
  readonly type: DnsRecordType;
  readonly content: string;
  readonly proxied: boolean;
  readonly ttl: number;
  readonly comment: string | null;
  /** Of MX and URI records. */
  readonly priority?: number;
  /** The parts of the content of a record that consists of several, as they were given. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** `name` or `name:value`. */
  readonly tags?: readonly string[];
  /** Kept as they were given; they have no effect. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export type EndpointPolicy = 'random' | 'hash' | 'least_outstanding_requests' | 'least_connections';

export interface Origin {
  readonly name: string;
  /** An IP address, a hostname, or `<tunnel UUID>.cfargotunnel.com`. */
  readonly address: string;
  readonly enabled: boolean;
  /** Since when it is disabled, in model time: its sessions drain from then on. Present only while it is. */
  readonly disabled_at?: number;
  readonly weight: number;
  /** 0: the protocol's default port. */
  readonly port: number;
  readonly virtual_network_id?: string;
  readonly header?: { readonly Host: readonly string[] };
  readonly flatten_cname: boolean;
}

export interface Pool extends Managed {
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly minimum_origins: number;
  readonly origins: readonly Origin[];
  readonly monitor?: string;
  /** In place of a monitor. */
  readonly monitor_group?: string;
  readonly check_regions: readonly string[] | null;
  /** Whose decision a data center goes by; null acts as `["local", "global"]`. */
  readonly health_sources: readonly ['regional', 'global'] | null;
  readonly latitude?: number;
  readonly longitude?: number;
  /** null: random. */
  readonly origin_steering: { readonly policy: EndpointPolicy } | null;
  readonly load_shedding: LoadShedding | null;
  readonly notification_email: string;
  readonly notification_filter: NotificationFilter | null;
  readonly networks: readonly string[];
}

/** docs/reference/load-balancing.md 1.2. */
export interface NotificationFilter {
  readonly pool?: NotificationChoice;
  readonly origin?: NotificationChoice;
}

export interface NotificationChoice {
  readonly disable: boolean;
  /** null: changes to either. */
  readonly healthy: boolean | null;
}

/** docs/reference/load-balancing.md section 7. Percents are 0 to 100. */
export interface LoadShedding {
  readonly default_percent: number;
  /** Empty: random. */
  readonly default_policy: 'random' | 'hash' | '';
  readonly session_percent: number;
  /** Empty: hash. */
  readonly session_policy: 'hash' | '';
}

export type MonitorType = 'http' | 'https' | 'tcp' | 'udp_icmp' | 'icmp_ping' | 'smtp';

export interface Monitor extends Managed {
  readonly type: MonitorType;
  readonly description: string;
  /** Empty for types that have none. */
  readonly method: string;
  readonly path: string;
  /** 0: the protocol's default port. */
  readonly port: number;
  readonly header: Readonly<Record<string, readonly string[]>>;
  readonly expected_codes: string;
  readonly expected_body: string;
  readonly follow_redirects: boolean;
  readonly allow_insecure: boolean;
  readonly interval: number;
  readonly timeout: number;
  readonly retries: number;
  readonly consecutive_up: number;
  readonly consecutive_down: number;
  readonly probe_zone: string;
}

/** One monitor's part in a group (docs/reference/load-balancing.md 2.6). */
export interface MonitorGroupMember {
  readonly monitor_id: string;
  /** false: it does not run. */
  readonly enabled: boolean;
  /** It runs and is told of, and decides nothing. */
  readonly monitoring_only: boolean;
  /** When it fails, the endpoint is unhealthy whatever the others say. */
  readonly must_be_healthy: boolean;
}

export interface MonitorGroup extends Managed {
  readonly description: string;
  readonly members: readonly MonitorGroupMember[];
}

export interface Tunnel extends Managed {
  readonly name: string;
  /** Base64. Never leaves the process but inside the tunnel's token. */
  readonly tunnel_secret: string;
  readonly config_src: 'local' | 'cloudflare';
  /** Whose connectors it takes: cloudflared's and ours, or those of the WARP connector. */
  readonly tun_type: TunnelType;
  /** Only of a WARP connector: how its replicas stand in for each other, once that was written. */
  readonly mesh?: TunnelMesh;
}

export type TunnelType = 'cfd_tunnel' | 'warp_connector';

export interface TunnelMesh {
  readonly ha_mode: 'none' | 'disabled' | 'aws' | 'local';
  /** As it was given. */
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly version: number;
  /** Model time, milliseconds. */
  readonly updated_at: number;
  /** UUID of the connector that a failover chose. */
  readonly active_connector?: string;
}

/** What a tunnel's connectors are told: cloudflared's document (docs/reference/api.md 5.3), kept as it was given. */
export interface TunnelConfiguration {
  readonly ingress?: readonly IngressRule[];
  readonly originRequest?: OriginRequest;
  readonly 'warp-routing'?: Readonly<Record<string, unknown>>;
}

export interface IngressRule {
  readonly hostname?: string;
  readonly path?: string;
  readonly service: string;
  readonly originRequest?: OriginRequest;
}

/** Seconds are integers. Keys that our connector does not act on are kept and passed on. */
export interface OriginRequest {
  readonly connectTimeout?: number;
  readonly noTLSVerify?: boolean;
  readonly httpHostHeader?: string;
  readonly [key: string]: unknown;
}

/** One per tunnel that is remotely configured; `id` is the tunnel's. */
export interface TunnelConfigurationVersion extends Managed {
  readonly version: number;
  readonly config: TunnelConfiguration;
}

export interface VirtualNetwork extends Managed {
  readonly name: string;
  readonly comment: string;
  readonly is_default_network: boolean;
  /** Names, in lower case, and the IP addresses that they have for who comes in by the on-ramp. */
  readonly hosts: Readonly<Record<string, string>>;
}

/** Somebody who comes in by the on-ramp. */
export interface AccessUser {
  readonly email: string;
  /** Never leaves the process. */
  readonly password: string;
  readonly groups: readonly string[];
  /** Code of the data center that the user's connections enter. */
  readonly data_center?: string;
}

/** One rule of who may reach what. A criterion that is absent fits everything; those that are there must all fit. */
export interface AccessPolicy {
  readonly name: string;
  readonly action: 'allow' | 'block';
  /** E-mail addresses. Together with `groups`: whoever is in either. */
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
  /** CIDRs. */
  readonly destinations?: readonly string[];
  /** Ports, and ranges such as `8000-8999`. */
  readonly ports?: readonly (number | string)[];
  /** Ids. */
  readonly virtual_networks?: readonly string[];
}

export interface Access {
  readonly users: readonly AccessUser[];
  /** In order. */
  readonly policies: readonly AccessPolicy[];
}

export interface Route extends Managed {
  /** A CIDR, in its shortest form. */
  readonly network: string;
  readonly tunnel_id: string;
  readonly virtual_network_id: string;
  readonly comment: string;
}

/** A private host name that is reached through a tunnel (docs/reference/api.md 2.5). */
export interface HostnameRoute extends Managed {
  readonly hostname: string;
  readonly tunnel_id: string;
  readonly comment: string;
}

/** TCP that comes in at an address of its own, for a load balancer of a zone (docs/reference/load-balancing.md 9.4). */
export interface SpectrumApplication extends Managed {
  readonly name: string;
  /** `HOST:PORT`; port 0: any free one. */
  readonly listen: string;
  readonly load_balancer_id: string;
  /** Its own host name. */
  readonly dns?: { readonly name: string };
  /** `flexible`: TLS ends at the edge. */
  readonly tls: 'off' | 'flexible';
  readonly proxy_protocol: ProxyProtocol;
}

export type ProxyProtocol = 'off' | 'v1' | 'v2';

export interface Settings {
  /** Whether requests may say where they come from with Colocal-Colo, Colocal-Country and Colocal-Client-IP. */
  readonly vantage: boolean;
  readonly route_header: boolean;
  /** What endpoints count as from when a monitor is attached until its first result. */
  readonly initial_health: 'down' | 'healthy';
  readonly duplicate_addresses: 'refuse' | 'allow';
  /** Seconds: monitors may not probe more often. */
  readonly minimum_monitor_interval: number;
  /** Whether what travels takes the modelled time of its legs. */
  readonly simulate_latency: boolean;
  /** What the journal keeps of requests and responses beside how they went. */
  readonly record: RecordSettings;
  /** Seconds. */
  readonly timeouts: { readonly connect: number; readonly response: number; readonly idle: number };
}

export interface RecordSettings {
  readonly headers: boolean;
  /** Bytes of each body; with some, headers are kept too. */
  readonly bodies: number;
}

/** Where clients without vantage headers come from: the first CIDR that covers the address decides. */
export interface ClientRule {
  readonly network: string;
  readonly data_center?: string;
  readonly country?: string;
  readonly asn?: number;
}

/** Where an endpoint outside any tunnel stands: a CIDR or a host name. */
export interface LocationRule {
  readonly match: string;
  readonly data_center?: string;
  readonly latitude?: number;
  readonly longitude?: number;
}

export type { Fault, FaultType } from './fault.types.js';
