import { type Command, InvalidArgumentError, Option } from 'commander';
import { defineError } from '../../runtime/errors.js';
import { traceOf } from '../control/request-trace.js';
import { renderTrace } from '../observe/request-tree.js';
import type { CommandContext } from './context.js';
import { createEdgeClient, EDGE_CLIENT_HELP, readAnswer } from './edge-client.js';

export const nothingToExplain = defineError<{ both: boolean }>('NOTHING_TO_EXPLAIN', {
  message: (d) =>
    d.both
      ? 'a URL and --ray were given: one asks what would happen, the other what did'
      : 'there is nothing to explain',
  fix: () => 'give one of them: `colocal explain http://app.example.com/` or `colocal explain --ray RAY`',
});

type Headers = Readonly<Record<string, readonly string[]>>;

interface Options {
  readonly colo?: string;
  readonly country?: string;
  readonly clientIp?: string;
  readonly method?: string;
  readonly header?: Headers;
  readonly httpVersion?: string;
  readonly failover?: true;
  readonly user?: string;
  readonly network?: string;
  readonly ray?: string;
  readonly json?: true;
}

export function registerExplain(program: Command, context: CommandContext): void {
  program
    .command('explain')
    .description('say what would happen to a request or connection and why, without sending it')
    .argument('[url]', 'e.g. http://app.example.com/path, tcp://10.0.0.1:5432 in a private network, spectrum://NAME')
    .option('--colo <code>', 'data center it enters, e.g. NRT')
    .option('--country <code>', "the client's country, e.g. JP")
    .option('--client-ip <address>', "the client's address")
    .option('--method <method>', 'default GET')
    .option('-H, --header <header>', '"Name: value"; may be repeated', collectHeader)
    .addOption(new Option('--http-version <version>', 'default 1.1').choices(['1.0', '1.1', '2']))
    .option('--failover', 'also say where it would go if the endpoint failed')
    .option('--user <email>', 'of a tcp URL: who it is')
    .option('--network <name>', 'of a tcp URL: the virtual network')
    .option('--ray <ray>', 'a request that was sent, in place of a URL: what happened to it')
    .option('--json', 'as JSON')
    .addHelpText('after', EDGE_CLIENT_HELP)
    .action(async (url: string | undefined, options: Options) => {
      const client = createEdgeClient(process.env);
      const { ray, json } = options;
      if ((url === undefined) === (ray === undefined)) throw nothingToExplain({ both: url !== undefined });
      if (ray !== undefined) {
        const [answer, { requestSchema }] = await Promise.all([
          client.get(`/colocal/v1/requests/${encodeURIComponent(ray)}`),
          import('../control/request-view.schema.js'),
        ]);
        const trace = traceOf(readAnswer(client.url, answer, requestSchema));
        context.print(json ? JSON.stringify(trace, null, 2) : renderTrace(trace));
        return;
      }
      const { colo, country, clientIp, method, header, httpVersion, failover, user, network } = options;
      const question = {
        url,
        method,
        headers: header,
        colo,
        country,
        client_ip: clientIp,
        http_version: httpVersion,
        user,
        network,
      };
      const [answer, { explanationSchema }] = await Promise.all([
        client.send('POST', '/colocal/v1/explain', { ...question, failover }),
        import('../control/explanation-view.js'),
      ]);
      const explanation = readAnswer(client.url, answer, explanationSchema);
      context.print(json ? JSON.stringify(explanation, null, 2) : explanation.text);
    });
}

/** @throws InvalidArgumentError */
export function collectHeader(text: string, before: Headers = {}): Headers {
  const colon = text.indexOf(':');
  if (colon < 1) throw new InvalidArgumentError('It must be "Name: value".');
  const name = text.slice(0, colon).trim();
  const value = text.slice(colon + 1).trim();
  return { ...before, [name]: [...(before[name] ?? []), value] };
}
