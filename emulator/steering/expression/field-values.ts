import { type IpAddress, parseIp } from '../../network/ip-address.js';
import type { HttpFacts } from '../steering.types.js';
import { lowerCase, received, upperCase } from './bytes.js';

/** What one request gives to the fields. Anything that costs is computed when first asked for, and shared by all rules. */
export class FieldValues {
  readonly loadBalancerName: string;
  private headerMap: ReadonlyMap<string, readonly string[]> | undefined;
  private queryArguments: QueryArguments | undefined;
  private targetBytes: string | undefined;
  private source: { readonly ip: IpAddress | undefined } | undefined;

  constructor(
    loadBalancerName: string,
    private readonly facts: HttpFacts,
  ) {
    this.loadBalancerName = received(loadBalancerName);
  }

  get region(): string {
    return this.facts.region;
  }

  get clientIp(): IpAddress | undefined {
    this.source ??= { ip: parseIp(this.facts.clientIp) };
    return this.source.ip;
  }

  get asn(): number | undefined {
    return this.facts.asn;
  }

  get host(): string {
    return received(this.facts.host);
  }

  get method(): string {
    return upperCase(this.facts.method);
  }

  get version(): string {
    return this.facts.httpVersion;
  }

  /** Seconds since the epoch, of model time. */
  get seconds(): number {
    return Math.floor(this.facts.now / 1000);
  }

  /** Path and query. */
  get target(): string {
    this.targetBytes ??= received(this.facts.path);
    return this.targetBytes;
  }

  get path(): string {
    const mark = this.target.indexOf('?');
    return mark < 0 ? this.target : this.target.slice(0, mark);
  }

  /** Without the question mark; empty when there is none. */
  get query(): string {
    const mark = this.target.indexOf('?');
    return mark < 0 ? '' : this.target.slice(mark + 1);
  }

  get args(): QueryArguments {
    this.queryArguments ??= argumentsOf(this.query);
    return this.queryArguments;
  }

  /** By name in lower case; the values of one name in the order of the request. */
  get headers(): ReadonlyMap<string, readonly string[]> {
    this.headerMap ??= headersOf(this.facts.headers);
    return this.headerMap;
  }

  /** All cookies, which HTTP/2 may send in several headers; empty when there are none. */
  get cookie(): string {
    return this.headers.get('cookie')?.join('; ') ?? '';
  }

  get referer(): string {
    return this.headers.get('referer')?.[0] ?? '';
  }
}

/** The values of one request, for every rule of a load balancer. */
export function fieldValues(loadBalancerName: string, facts: HttpFacts): FieldValues {
  return new FieldValues(loadBalancerName, facts);
}

interface QueryArguments {
  readonly byName: ReadonlyMap<string, readonly string[]>;
  readonly names: readonly string[];
  readonly values: readonly string[];
}

/** Case is kept and nothing decoded (docs/reference/load-balancing.md 8.2). */
function argumentsOf(query: string): QueryArguments {
  const byName = new Map<string, string[]>();
  const names: string[] = [];
  const values: string[] = [];
  for (const part of query === '' ? [] : query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? '' : part.slice(equals + 1);
    names.push(name);
    values.push(value);
    add(byName, name, value);
  }
  return { byName, names, values };
}

function headersOf(flat: readonly string[]): Map<string, string[]> {
  const map = new Map<string, string[]>();
  for (let i = 0; i + 1 < flat.length; i += 2) add(map, lowerCase(flat[i] ?? ''), received(flat[i + 1] ?? ''));
  return map;
}

function add(map: Map<string, string[]>, name: string, value: string): void {
  const list = map.get(name);
  if (list) list.push(value);
  else map.set(name, [value]);
}
