import type { Problem } from '../../../state/state.types.js';
import { ApiError, apiError, type ErrorItem } from '../../errors.js';
import { pointerOf, problemText } from '../../problem-text.js';

/** docs/reference/api.md section 3, the tunnel service, which answers for private networks as well. */
export function refusal(problems: readonly Problem[]): ApiError {
  // Of what is in use and also the default, it is told that it is the default.
  const ordered = problems.toSorted((a, b) => Number(a.code === 'referenced') - Number(b.code === 'referenced'));
  const worded = ordered.map((problem) => ({ problem, ...wordsFor(problem) }));
  const status = worded[0]?.status ?? 400;
  return new ApiError(status, worded.filter((each) => each.status === status).map(itemOf));
}

interface Words {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

function itemOf({ problem, code, message }: Words & { readonly problem: Problem }): ErrorItem {
  const pointer = pointerOf(problem.path);
  return { code, message, ...(pointer === '' ? {} : { source: { pointer } }) };
}

function wordsFor(problem: Problem): Words {
  const [kind] = problem.path;
  const text = problemText(problem);
  if (kind === 'configurations') {
    return { status: 400, code: 1056, message: `Bad Configuration: Validation failed: ${ingressText(problem)}` };
  }
  if (problem.code === 'not_unique') {
    if (kind === 'tunnels') return { status: 409, code: 1013, message: SAME_NAME };
    return { status: 409, code: 1014, message: `You already have a ${NOUNS[String(kind)] ?? 'object'} with this name` };
  }
  if (problem.code === 'duplicate_route') return { status: 409, code: 1014, message: SAME_NETWORK };
  if (problem.code === 'invalid_network') {
    return { status: 400, code: 1000, message: `Could not parse input, invalid address: ${text}` };
  }
  if (problem.code === 'unknown_reference') {
    const field = problem.path.at(-1);
    if (field === 'tunnel_id') return { status: 404, code: 1002, message: 'Tunnel not found' };
    if (field === 'virtual_network_id') return { status: 404, code: 1046, message: 'Virtual network not found' };
  }
  return { status: 400, code: 1000, message: text };
}

const SAME_NAME =
  'You already have a tunnel with this name. Delete the existing tunnel, or choose a different name for your new tunnel';

const SAME_NETWORK = 'You already have a route defined for this exact IP subnet';

/** cloudflared's own message (docs/reference/api.md 5.3) where it has one: without the field, and without our advice. */
function ingressText(problem: Problem): string {
  if (problem.code === 'no_catch_all') return problem.message.split('; ', 1)[0] ?? problem.message;
  if (problem.code === 'bad_service') return problem.message.split(', e.g. ', 1)[0] ?? problem.message;
  return problemText(problem);
}

const NOUNS: Readonly<Record<string, string>> = {
  virtual_networks: 'virtual network',
  hostname_routes: 'route for this host name, or one',
};

export const tunnelNotFound = (): ApiError => apiError(404, 1002, 'Tunnel not found');
export const tokenNotFound = (): ApiError => apiError(404, 1054, 'Tunnel token not found');
export const configurationNotFound = (): ApiError => apiError(404, 1055, 'Tunnel configuration not found');
export const connectorNotFound = (id: string): ApiError => apiError(404, 1002, `Connector ${id} not found`);
export const hasActiveConnections = (): ApiError =>
  apiError(400, 1022, 'Cannot delete tunnel because it has active connections');
export const networkNotFound = (): ApiError => apiError(404, 1046, 'Virtual network not found');
/** docs/reference/api.md section 3: the service's own words. */
export const routeNotFound = (): ApiError =>
  apiError(
    404,
    1015,
    "You are trying to modify the route for a network that isn't routed. Please add the network before modifying it. Or, check that you specified the correct network.",
  );
export const hostnameRouteNotFound = (): ApiError => apiError(404, 1015, 'Hostname route not found');
