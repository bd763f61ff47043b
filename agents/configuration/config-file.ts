import { dirname, resolve } from 'node:path';
import type { Document, LineCounter } from 'yaml';
import { decodeToken } from '../../protocol/token.js';
import { badConfiguration } from '../errors.js';
import { type ConfigurationPath, ConfigurationProblem, invalid, record } from '../ingress/problem.js';
import { compileIngress, type IngressConfiguration } from '../ingress/rules.js';
import { readCredentialsFile, readText } from './credentials.js';

/** What cloudflared's `config.yml` says to this connector. */
export interface ConfigFile {
  /** From `credentials-file`, in the form of a token. */
  readonly token: string | undefined;
  /** The document that the edge is shown: `ingress`, `originRequest`, `warp-routing`. Undefined when the file has no ingress. */
  readonly document: Readonly<Record<string, unknown>> | undefined;
  readonly ingress: IngressConfiguration;
  /** Keys that have no effect here. */
  readonly unused: readonly string[];
}

const USED = new Set(['tunnel', 'credentials-file', 'ingress', 'originRequest', 'warp-routing']);

/**
 * Reads cloudflared's `config.yml`.
 *
 * @throws UNREADABLE_FILE, BAD_CONNECTOR_CONFIGURATION with `file:line:column`.
 */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  const text = await readText('configuration', file);
  // yaml is loaded only by those who have a file.
  const { default: yaml } = await import('yaml');
  const lines = new yaml.LineCounter();
  const parsed = yaml.parseDocument(text, { lineCounter: lines });
  const [first] = parsed.errors;
  if (first) {
    const at = lines.linePos(first.pos[0]);
    // The first line of yaml's message says what is wrong; the rest draws the place.
    const problem = (first.message.split('\n')[0] ?? first.message).replace(/ at line \d+, column \d+:?$/, '');
    throw badConfiguration({ where: `${file}:${at.line}:${at.col}`, problem });
  }
  try {
    const content = record(parsed.toJS() ?? {}, []);
    const credentials = await readCredentials(content, file);
    const used = pick(content, ['ingress', 'originRequest', 'warp-routing']);
    return {
      token: credentials,
      document: content.ingress === undefined ? undefined : used,
      ingress: await compileIngress(used),
      unused: Object.keys(content).filter((key) => !USED.has(key)),
    };
  } catch (error) {
    if (!(error instanceof ConfigurationProblem)) throw error;
    throw badConfiguration({ where: `${file}:${position(parsed, lines, error.path)}`, problem: error.message });
  }
}

function pick(content: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => content[key] !== undefined).map((key) => [key, content[key]]));
}

/** `line:column` of what a path names, or of the closest thing around it. */
function position(parsed: Document, lines: LineCounter, path: ConfigurationPath): string {
  for (let length = path.length; length > 0; length--) {
    const node = parsed.getIn(path.slice(0, length), true);
    const start = (node as { range?: readonly [number, number, number] } | undefined)?.range?.[0];
    if (start === undefined) continue;
    const at = lines.linePos(start);
    return `${at.line}:${at.col}`;
  }
  return '1:1';
}

async function readCredentials(content: Record<string, unknown>, file: string): Promise<string | undefined> {
  const name = content['credentials-file'];
  if (name === undefined || name === null) return undefined;
  if (typeof name !== 'string') throw invalid(['credentials-file'], 'credentials-file is a path');
  const token = await readCredentialsFile(resolve(dirname(file), name));
  const { tunnelId } = decodeToken(token);
  const { tunnel } = content;
  if (isUuidText(tunnel) && tunnel.toLowerCase() !== tunnelId.toLowerCase()) {
    throw invalid(['tunnel'], `the credentials file is for another tunnel, ${tunnelId}`);
  }
  return token;
}

/** `tunnel` may be a name, which only the edge could compare. */
function isUuidText(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
}
