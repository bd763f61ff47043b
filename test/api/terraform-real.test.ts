import { expect, test } from 'vitest';
import type { ApiDeps } from '../../emulator/api/api.types.js';
import { servedEndpoints } from '../../emulator/api/served.js';
import { ACCOUNT_ID, API_TOKEN, useApi, ZONE_ID } from '../support/api.js';
import { MISSING, type Terraform, useTerraform } from './support/terraform.js';

/** With the real program and provider v5: what is applied shows no difference after that (docs/reference/api.md 4.2). */

const PATHS = new Set(servedEndpoints({} as ApiDeps).map(({ endpoint }) => endpoint.path));
const hasLoadBalancers =
  PATHS.has('/zones/:zone_id/load_balancers') && PATHS.has('/accounts/:account_id/load_balancers/monitors');
const hasTunnels = PATHS.has('/accounts/:account_id/cfd_tunnel') && PATHS.has('/accounts/:account_id/teamnet/routes');

const names = (ttl: number, target: string) => `
data "cloudflare_zone" "example" {
  zone_id = "${ZONE_ID}"
}

resource "cloudflare_dns_record" "address" {
  zone_id = data.cloudflare_zone.example.zone_id
  name    = "tf-a.example.com"
  type    = "A"
  content = "198.51.100.4"
  ttl     = ${ttl}
}

resource "cloudflare_dns_record" "alias" {
  zone_id = "${ZONE_ID}"
  name    = "tf-c.example.com"
  type    = "CNAME"
  content = "${target}"
  proxied = true
  ttl     = 1
  comment = "by Terraform"
}

resource "cloudflare_dns_record" "text" {
  zone_id = "${ZONE_ID}"
  name    = "example.com"
  type    = "TXT"
  content = "\\"v=spf1 -all\\""
  ttl     = 300
}

resource "cloudflare_zone_setting" "ssl" {
  zone_id    = "${ZONE_ID}"
  setting_id = "ssl"
  value      = "flexible"
}
`;

const balancing = (description: string, weight: number) => `
resource "cloudflare_load_balancer_monitor" "http" {
  account_id     = "${ACCOUNT_ID}"
  type           = "http"
  expected_codes = "2xx"
  description    = "${description}"
  method         = "GET"
  path           = "/health"
}

resource "cloudflare_load_balancer_pool" "app" {
  account_id  = "${ACCOUNT_ID}"
  name        = "app"
  description = "${description}"
  monitor     = cloudflare_load_balancer_monitor.http.id
  origins = [
    { name = "a", address = "192.0.2.1", weight = ${weight} },
    { name = "b", address = "192.0.2.2", header = { host = ["app.example.com"] } },
  ]
}

resource "cloudflare_load_balancer" "app" {
  zone_id       = "${ZONE_ID}"
  name          = "app.example.com"
  fallback_pool = cloudflare_load_balancer_pool.app.id
  default_pools = [cloudflare_load_balancer_pool.app.id]
  proxied       = true
  description   = "${description}"
  session_affinity = "cookie"
}
`;

const tunnels = (comment: string) => `
resource "cloudflare_zero_trust_tunnel_cloudflared" "web" {
  account_id = "${ACCOUNT_ID}"
  name       = "web"
  config_src = "cloudflare"
}

resource "cloudflare_zero_trust_tunnel_cloudflared_config" "web" {
  account_id = "${ACCOUNT_ID}"
  tunnel_id  = cloudflare_zero_trust_tunnel_cloudflared.web.id
  config = {
    ingress = [
      { hostname = "web.example.com", service = "http://127.0.0.1:3000" },
      { service = "http_status:404" },
    ]
  }
}

resource "cloudflare_zero_trust_tunnel_cloudflared_virtual_network" "lab" {
  account_id = "${ACCOUNT_ID}"
  name       = "lab"
  comment    = "${comment}"
}

resource "cloudflare_zero_trust_tunnel_cloudflared_route" "lab" {
  account_id         = "${ACCOUNT_ID}"
  network            = "10.1.2.0/24"
  tunnel_id          = cloudflare_zero_trust_tunnel_cloudflared.web.id
  virtual_network_id = cloudflare_zero_trust_tunnel_cloudflared_virtual_network.lab.id
  comment            = "${comment}"
}
`;

async function apply(terraform: Terraform, hcl: string): Promise<void> {
  terraform.write(hcl);
  const applied = await terraform.run('apply', '-no-color', '-auto-approve', '-input=false');
  expect(applied.status, applied.said).toBe(0);
  // 0: no difference; 2: there is one.
  const planned = await terraform.run('plan', '-no-color', '-detailed-exitcode', '-input=false');
  expect(planned.status, planned.said).toBe(0);
}

const SETUPS: readonly [string, boolean, string, string][] = [
  ['DNS records, a zone and its settings', true, names(3600, 'a.example.net'), names(120, 'b.example.net')],
  ['a load balancer with pool and monitor', hasLoadBalancers, balancing('first', 1), balancing('second', 0.5)],
  ['a tunnel with configuration, network and route', hasTunnels, tunnels('first'), tunnels('second')],
];

/** Milliseconds, as a safety net: a run of the provider takes seconds. */
const TIMEOUT = 300_000;

for (const [what, isServed, first, second] of SETUPS) {
  test.runIf(MISSING === undefined && isServed)(
    `${what}: apply, plan, change, plan, destroy`,
    async () => {
      const { url, emu } = await useApi();
      const before = emu.state.read();
      const terraform = await useTerraform(url, API_TOKEN);
      await apply(terraform, first);
      await apply(terraform, second);
      const destroyed = await terraform.run('destroy', '-no-color', '-auto-approve', '-input=false');
      expect(destroyed.status, destroyed.said).toBe(0);
      const after = emu.state.read();
      for (const kind of ['dns_records', 'load_balancers', 'pools', 'monitors', 'tunnels', 'routes'] as const) {
        expect([kind, after[kind].size]).toEqual([kind, before[kind].size]);
      }
    },
    TIMEOUT,
  );
}
