import { type Command, InvalidArgumentError, Option } from 'commander';
import { realDeadlines } from '../../runtime/deadlines.js';
import type { GivenFacts } from '../control/expression-facts.js';
import type { FieldValues } from '../steering/expression/index.js';
import type { CommandContext } from './context.js';

interface ExprOptions {
  readonly host?: string;
  readonly path?: string;
  readonly method?: string;
  readonly header?: Readonly<Record<string, readonly string[]>>;
  readonly clientIp?: string;
  readonly asn?: number;
  readonly colo?: string;
  readonly httpVersion?: NonNullable<GivenFacts['http_version']>;
  readonly loadBalancer?: string;
}

const HELP = `
With any option that describes a request, the second line says whether the
expression holds for it: true or false.
docs/expressions.md has the language.

  colocal expr 'http.request.uri.path contains "/blog"' --path /blog/first`;

export function registerExpr(program: Command, context: CommandContext): void {
  program
    .command('expr')
    .description("check a rule's expression, and try it with a request")
    .argument('<expression>', 'the condition of a rule')
    .option('--host <name>', 'host of the request')
    .option('--path <path>', 'path and query')
    .option('--method <method>', 'method')
    .option('--header <header>', "'Name: value'; may be repeated", collectHeader)
    .option('--client-ip <address>', 'address of the client')
    .option('--asn <number>', "number of the client's autonomous system", parseAsn)
    .option('--colo <code>', 'data center that the request enters, e.g. NRT')
    .addOption(
      new Option('--http-version <version>', 'version of HTTP').choices(['HTTP/1.0', 'HTTP/1.1', 'HTTP/2', 'HTTP/3']),
    )
    .option('--load-balancer <name>', 'name of the load balancer; default: the host')
    .addHelpText('after', HELP)
    .action((expression: string, options: ExprOptions) => expr(expression, options, context));
}

async function expr(text: string, options: ExprOptions, context: CommandContext): Promise<void> {
  const { compileExpression, ExpressionError, printExpression } = await import('../steering/expression/index.js');
  try {
    const compiled = compileExpression(text);
    context.print(printExpression(text));
    if (Object.keys(options).length === 0) return;
    context.print(String(compiled.matches(await valuesFor(options))));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const caret = error.caret().replace(/^/gm, '    ');
    context.warn(
      `colocal: ${error.message} (line ${error.line}, column ${error.column}) [${error.code}]\n${caret}\n  ${error.fix}`,
    );
    context.exitCode = 1;
  }
}

async function valuesFor(options: ExprOptions): Promise<FieldValues> {
  const [{ valuesOf }, { DEFAULT_DATA_CENTER_CODES }, { createClock }] = await Promise.all([
    import('../control/expression-facts.js'),
    import('../geo/data-centers.js'),
    import('../../runtime/clock.js'),
  ]);
  const clock = createClock({ mode: 'real', deadlines: realDeadlines });
  return valuesOf(given(options), DEFAULT_DATA_CENTER_CODES[0] ?? '', clock.now());
}

function given({ header, clientIp, httpVersion, loadBalancer, ...same }: ExprOptions): GivenFacts {
  return {
    ...same,
    ...(header === undefined ? {} : { headers: header }),
    ...(clientIp === undefined ? {} : { client_ip: clientIp }),
    ...(httpVersion === undefined ? {} : { http_version: httpVersion }),
    ...(loadBalancer === undefined ? {} : { load_balancer: loadBalancer }),
  };
}

function collectHeader(text: string, before: ExprOptions['header'] = {}): Record<string, readonly string[]> {
  const [, name, value] = /^([^\s:]+):\s*(.*?)\s*$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("It must be 'Name: value'.");
  return { ...before, [name]: [...(before[name] ?? []), value] };
}

function parseAsn(text: string): number {
  const asn = Number(text);
  if (!/^\d+$/.test(text) || asn > 4_294_967_295) throw new InvalidArgumentError('It must be a number, e.g. 64501.');
  return asn;
}
