/** What cloudflared refuses in a rule's `originRequest`; the edge and the connector refuse it in the same words. */
export interface RefusedOption {
  /** From `originRequest`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * Checks of a rule's own `originRequest`; what rules inherit is not checked so (ingress/ingress.go, ipaccess/access.go of
 * cloudflared).
 *
 * @param isCidr whoever asks has a reader of addresses
 */
export function* refusedOptions(
  originRequest: unknown,
  service: unknown,
  isCidr: (text: string) => boolean,
): Generator<RefusedOption> {
  const { access, ipRules } = fieldsOf(originRequest);
  const { required, teamName, audTag } = fieldsOf(access);
  if (required === true && !teamName && Array.isArray(audTag) && audTag.length > 0)
    yield { path: ['access'], message: 'access.TeamName cannot be blank when access.audTags are present' };
  if (service !== 'socks-proxy' || !Array.isArray(ipRules)) return;
  for (const [index, rule] of ipRules.entries()) {
    const why = wrongIpRule(fieldsOf(rule), isCidr);
    if (why !== undefined)
      yield { path: ['ipRules', index], message: `unable to create ip rule for socks-proxy: ${why}` };
  }
}

function wrongIpRule(
  { prefix, ports }: Readonly<Record<string, unknown>>,
  isCidr: (text: string) => boolean,
): string | undefined {
  if (typeof prefix !== 'string' || prefix === '') return 'no prefix provided';
  if (!isCidr(prefix)) return `unable to parse cidr: ${prefix}`;
  if (!Array.isArray(ports)) return undefined;
  const wrong: unknown = ports.find((port) => !(Number.isInteger(port) && port >= 1 && port <= 65_535));
  return wrong === undefined ? undefined : `invalid port ${wrong}, needs to be between 1 and 65535`;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
