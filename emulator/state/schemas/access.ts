import * as z from 'zod';

/** RFC 1929 has one byte for the length of each. */
const MOST_BYTES = 255;
const PORTS = 'must be a port such as 5432, or a range such as "8000-8999"';

// Without a colon, which ends the user name of HTTP's Basic; and a plus behind the @ begins the virtual network.
const email = z
  .string()
  .regex(/^[^\s@:]+@[^\s@:+]+$/, 'must be an e-mail address such as alice@example.com')
  .max(200);

const group = z.string().min(1).max(255);

export const accessUserSchema = z.object({
  email: email.describe('Who it is: the user name at the on-ramp. Unique, in any case.'),
  password: z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= MOST_BYTES, `may have at most ${MOST_BYTES} bytes`)
    .describe('The password at the on-ramp: 1 to 255 bytes.'),
  groups: z.array(group).default([]).describe('Groups that policies may name.'),
  data_center: z
    .string()
    .exactOptional()
    .describe('Code of the data center that the connections of the user enter. Default: as clients says.'),
});

/** `8000-8999` as its bounds; undefined when it is no port or range of ports. */
export function portRange(written: number | string): { readonly first: number; readonly last: number } | undefined {
  const [, from, to] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(written)) ?? [];
  const first = Number(from);
  const last = to === undefined ? first : Number(to);
  return first >= 1 && last <= 65_535 && first <= last ? { first, last } : undefined;
}

const ports = z
  .union([z.int(), z.string()], { error: PORTS })
  .refine((value) => portRange(value) !== undefined, { error: PORTS });

const list = <T extends z.ZodType>(of: T) => z.array(of).min(1).exactOptional();

export const accessPolicySchema = z.object({
  name: z.string().min(1).max(255).describe('Unique among the policies; named where the policy decides.'),
  action: z.enum(['allow', 'block']).describe('What happens to connections that match.'),
  users: list(z.string()).describe('E-mail addresses of users. With groups: whoever is in either.'),
  groups: list(group).describe('Groups of users.'),
  destinations: list(z.string()).describe('Networks (CIDR) that hold the address.'),
  ports: list(ports).describe('Ports, or ranges such as "8000-8999".'),
  virtual_networks: list(z.string()).describe('Names (or ids) of virtual networks. Default: all of them.'),
});

export const accessSchema = z.object({
  users: z
    .array(accessUserSchema)
    .default([])
    .describe('People who come in through the on-ramp. None: it asks nobody.'),
  policies: z
    .array(accessPolicySchema)
    .default([])
    .describe(
      'Who may reach what, in order: the first that matches decides. Where any applies to a virtual network, what none matches is blocked; without any, everything is allowed.',
    ),
});
