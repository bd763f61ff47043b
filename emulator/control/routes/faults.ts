import * as z from 'zod';
import type { FaultPatch, FaultView } from '../../faults/faults.js';
import { FAULT_SCHEMAS, type FaultInput, faultSchema } from '../../state/schemas/fault.js';
import type { App, RouteDeps } from '../api.js';
import { errorSchema } from '../schemas.js';

const shown = z.intersection(
  faultSchema,
  z.object({
    managed_by: z.enum(['file', 'api']),
    state: z
      .enum(['disabled', 'waiting', 'active', 'ended'])
      .describe('waiting: its `starts` is not over. ended: its `duration` is.'),
  }),
);

const matchSchema = z.union(Object.values(FAULT_SCHEMAS).map(({ shape }) => shape.match));

/** The fields that only some types have. */
function fieldsOf(): z.ZodRawShape {
  const fields: Record<string, z.ZodType> = {};
  for (const { shape } of Object.values(FAULT_SCHEMAS))
    for (const [key, schema] of Object.entries(shape)) fields[key] ??= schema.nullable().exactOptional();
  const {
    name: _name,
    type: _type,
    match: _match,
    probability: _p,
    starts: _s,
    duration: _d,
    enabled: _e,
    ...own
  } = fields;
  return own;
}

/** Fields of any type of fault, and null. Which go together the fault's own type says. */
const patchSchema = z
  .looseObject({
    match: matchSchema.exactOptional(),
    probability: z.number().nullable().exactOptional(),
    starts: z.string().nullable().exactOptional(),
    duration: z.string().nullable().exactOptional(),
    enabled: z.boolean().nullable().exactOptional(),
    ...fieldsOf(),
  })
  .describe('Fields that shall change; null: the default again. match is replaced as a whole.');

const named = z.object({ name: z.string().describe("The fault's name.") });

/** What is wrong with a body is said by the state, which knows names and types: the schema here only describes. */
const asGiven = () => (data: unknown) => ({ value: data });

export function faultsRoutes(app: App, deps: RouteDeps): void {
  /** A change is acknowledged when it is on the disk. */
  const kept = async (fault: FaultView): Promise<z.output<typeof shown>> => {
    await deps.state.durable();
    return sent(fault);
  };

  app.get(
    '/colocal/v1/faults',
    { schema: { summary: 'What is broken on purpose', response: { 200: z.object({ faults: z.array(shown) }) } } },
    async () => ({ faults: deps.faults.list().map(sent) }),
  );

  app.post(
    '/colocal/v1/faults',
    {
      schema: {
        summary: 'Break something',
        body: faultSchema,
        response: { 201: shown, 400: errorSchema, 409: errorSchema },
      },
      validatorCompiler: asGiven,
    },
    async (request, reply) => reply.status(201).send(await kept(deps.faults.add(request.body as FaultInput))),
  );

  app.patch(
    '/colocal/v1/faults/:name',
    {
      schema: {
        summary: 'Change a fault, which then begins anew',
        params: named,
        body: patchSchema,
        response: { 200: shown, 400: errorSchema, 404: errorSchema },
      },
      validatorCompiler: asGiven,
    },
    async (request) => kept(deps.faults.set(request.params.name, request.body as FaultPatch)),
  );

  app.delete(
    '/colocal/v1/faults/:name',
    {
      schema: {
        summary: 'Heal what a fault broke, and forget it',
        params: named,
        response: { 200: shown, 404: errorSchema },
      },
    },
    async (request) => kept(deps.faults.remove(request.params.name)),
  );
}

/** The answer's schema is written for whoever may change what it is given; this is a copy. */
function sent(fault: FaultView): z.output<typeof shown> {
  return structuredClone(fault) as z.output<typeof shown>;
}
