import type { EdgeError } from './edge-errors.js';
import type { ErrorPage, ErrorPages } from './exchange.js';

export { type EdgeError, type EdgeErrorName, edgeError } from './edge-errors.js';

/**
 * Renders the edge's own error pages: HTML for browsers, JSON for programs that ask for it, plain text for
 * everybody else, because a page of markup is no help in a terminal.
 */
export function createErrorPages(): ErrorPages {
  return {
    render(page) {
      const form = formFor(page.accept);
      const body = Buffer.from(FORMS[form].render(page), 'utf8');
      const headers = [
        'content-type',
        FORMS[form].contentType,
        'content-length',
        String(body.length),
        'cache-control',
        'no-store',
      ];
      const type = errorType(page);
      if (type !== undefined) headers.push('cf-error-type', type, 'cf-error-origin', 'edge');
      return { status: page.status, headers, body };
    },
  };
}

/** The page of an error for one request. */
export function pageOf(
  error: EdgeError,
  request: { readonly ray: string; readonly host?: string | undefined; readonly accept?: string | undefined },
): ErrorPage {
  return {
    ...error,
    ray: request.ray,
    ...(request.host === undefined ? {} : { host: request.host }),
    ...(request.accept === undefined ? {} : { accept: request.accept }),
  };
}

/**
 * The value of `cf-error-type`: the 1xxx code, or the status where that is Cloudflare's own (docs/reference/load-balancing.md
 * section 10). Ordinary statuses have none: the header tells Cloudflare's errors from everybody else's.
 */
function errorType({ status, code }: ErrorPage): string | undefined {
  if (code !== undefined) return String(code);
  return status >= 520 && status <= 526 ? String(status) : undefined;
}

type Form = 'html' | 'json' | 'text';

function formFor(accept = ''): Form {
  const html = accept.search(/text\/html|application\/xhtml\+xml/i);
  const json = accept.search(/application\/(?:[\w.-]+\+)?json/i);
  if (html < 0) return json < 0 ? 'text' : 'json';
  return json < 0 || html < json ? 'html' : 'json';
}

const FORMS: Record<Form, { readonly contentType: string; readonly render: (page: ErrorPage) => string }> = {
  html: { contentType: 'text/html; charset=utf-8', render: renderHtml },
  json: { contentType: 'application/json; charset=utf-8', render: renderJson },
  text: { contentType: 'text/plain; charset=utf-8', render: renderText },
};

function renderText(page: ErrorPage): string {
  const lines = [`${label(page)}: ${page.title}`, '', page.detail, page.fix, ''];
  if (page.host) lines.push(`host: ${page.host}`);
  if (page.ray) lines.push(`ray:  ${page.ray}`);
  lines.push('Answered by colocal, the local edge emulator, not by Cloudflare.');
  return `${lines.join('\n')}\n`;
}

function renderJson(page: ErrorPage): string {
  const { status, code, title, detail, fix, ray, host } = page;
  return `${JSON.stringify({
    error: { status, code, title, detail, fix, ray: ray || undefined, host, source: 'colocal' },
  })}\n`;
}

function label({ status, code }: ErrorPage): string {
  return code === undefined ? `error ${status}` : `error ${status}/${code}`;
}

/** Which stop of the way a page points at: the request itself, or what lies behind the edge. */
function brokenStop({ status }: ErrorPage): 'request' | 'endpoint' {
  return status < 500 ? 'request' : 'endpoint';
}

const STYLE = `:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--paper:#f5f6f8;--card:#fff;--line:#dde2e9;--bad:#c2410c}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa5b4;--paper:#12161c;--card:#1a2028;--line:#2c3541;--bad:#fb923c}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:38rem;width:100%;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:2rem}
.code{margin:0;font:600 .85rem ui-monospace,monospace;color:var(--bad)}h1{margin:.25rem 0 1.5rem;font-size:1.6rem;line-height:1.25}
ol{list-style:none;display:flex;margin:0 0 1.5rem;padding:0;font-size:.85rem;color:var(--soft)}li{flex:1;border-top:3px solid var(--line);padding-top:.4rem}li+li{margin-left:.4rem}
li.bad{border-color:var(--bad);border-top-style:dashed;color:var(--bad);font-weight:600}h2{margin:1.25rem 0 .15rem;font-size:.85rem;color:var(--soft);font-weight:600}
p{margin:0;overflow-wrap:anywhere}footer{margin-top:1.75rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.8rem;color:var(--soft);overflow-wrap:anywhere}code{font:inherit;font-family:ui-monospace,monospace}`;

function renderHtml(page: ErrorPage): string {
  const broken = brokenStop(page);
  const stop = (name: string, bad: boolean) => `<li${bad ? ' class="bad"' : ''}>${name}</li>`;
  const facts = [
    page.host && `host <code>${escapeHtml(page.host)}</code>`,
    page.ray && `ray <code>${escapeHtml(page.ray)}</code>`,
  ]
    .filter(Boolean)
    .join(' · ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>${page.status} ${escapeHtml(page.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<p class="code">${label(page)}</p>
<h1>${escapeHtml(page.title)}</h1>
<ol aria-label="where it went wrong">${stop('your request', broken === 'request')}${stop('the edge', false)}${stop('the endpoint', broken === 'endpoint')}</ol>
<h2>What happened</h2>
<p>${escapeHtml(page.detail)}</p>
<h2>What to do</h2>
<p>${escapeHtml(page.fix)}</p>
<footer>${facts ? `${facts}<br>` : ''}Answered by colocal, the local edge emulator, not by Cloudflare.</footer>
</main>
</body>
</html>
`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
