import type { ListenAddress } from '../../config/config.types.js';
import { renderTable } from '../table.js';

export interface BannerFacts {
  readonly http: ListenAddress;
  readonly api: ListenAddress;
  readonly processes: readonly { readonly name: string; readonly pid: number | undefined; readonly what: string }[];
}

/** What the demonstration prints once everything runs: at most 80 columns wide, and its commands work as printed. */
export function renderBanner({ http, api, processes }: BannerFacts): string {
  const traffic = `${http.host}:${http.port}`;
  const control = `http://${api.host}:${api.port}`;
  return [
    'Everything runs, each in a process of its own:',
    '',
    ...renderTable([
      ['PROCESS', 'PID', 'WHAT'],
      ...processes.map(({ name, pid, what }) => [name, String(pid ?? '-'), what]),
    ]),
    '',
    'app.example.com: two tunnels by public hostname (tokyo has two replicas).',
    'internal.example.com: private addresses, through a gateway.',
    '',
    'Try, and look at the header colocal-route:',
    '',
    `  curl -i -H 'Host: app.example.com' http://${traffic}/`,
    `  curl -i -x http://${traffic} http://app.example.com/`,
    `  curl -ix ${traffic} -H 'Colocal-Colo: LHR' http://internal.example.com/`,
    '',
    'Then kill tokyo-1 or tokyo-2 (kill -9 PID) and try again. What the edge knows:',
    '',
    `  curl '${control}/colocal/v1/requests?limit=1'`,
    '  npx colocal status',
    '  npx colocal explain http://app.example.com/',
    '',
    'npx colocal demo --story plays failovers under load, and counts what is lost.',
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
}
