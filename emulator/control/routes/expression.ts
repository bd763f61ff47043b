import * as z from 'zod';
import { compileExpression, ExpressionError, printExpression } from '../../steering/expression/index.js';
import type { App, RouteDeps } from '../api.js';
import { errorBody } from '../errors.js';
import { HTTP_VERSIONS, valuesOf } from '../expression-facts.js';
import { errorSchema } from '../schemas.js';

const factsSchema = z
  .strictObject({
    host: z.string().exactOptional().describe("Default: the load balancer's name."),
    path: z.string().exactOptional().describe('Path and query; default /.'),
    method: z.string().exactOptional().describe('Default GET.'),
    headers: z
      .record(z.string(), z.union([z.string(), z.array(z.string())]))
      .exactOptional()
      .describe('A value or several for each name.'),
    client_ip: z.string().exactOptional().describe('Default 127.0.0.1.'),
    asn: z.int().min(0).exactOptional().describe('Number of the autonomous system; missing when left out.'),
    colo: z.string().exactOptional().describe('Code of the data center the request enters; default the first one.'),
    http_version: z.enum(HTTP_VERSIONS).exactOptional().describe('Default HTTP/1.1.'),
    load_balancer: z.string().exactOptional().describe('Name of the load balancer; default the host.'),
  })
  .describe('The request to try the expression with.');

const placedErrorSchema = z
  .object({
    error: errorSchema.shape.error.extend({
      position: z.int().exactOptional().describe('Offset of the first wrong character, from 0.'),
      length: z.int().exactOptional().describe('How many characters are wrong; 0 at the end.'),
      line: z.int().exactOptional().describe('From 1.'),
      column: z.int().exactOptional().describe('From 1.'),
      caret: z.string().exactOptional().describe('The line, and below it a caret under each wrong character.'),
    }),
  })
  .describe('An error; with the place when the expression is wrong');

export function expressionRoutes(app: App, deps: RouteDeps): void {
  app.post(
    '/colocal/v1/expression/evaluate',
    {
      schema: {
        summary: "Check a rule's expression, and try it with a request",
        body: z.strictObject({ expression: z.string(), facts: factsSchema.exactOptional() }),
        response: {
          200: z.object({
            valid: z.literal(true),
            canonical: z.string().describe('The expression in its canonical form.'),
            type: z.literal('boolean'),
            result: z.boolean().exactOptional().describe('Whether it holds for `facts`; absent without them.'),
          }),
          400: placedErrorSchema,
        },
      },
    },
    async (request, reply) => {
      const { expression, facts } = request.body;
      try {
        const compiled = compileExpression(expression);
        const checked = { valid: true, canonical: printExpression(expression), type: 'boolean' } as const;
        if (!facts) return checked;
        const [first = ''] = deps.state.read().data_centers;
        return { ...checked, result: compiled.matches(valuesOf(facts, first, deps.clock.now())) };
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        const { position, length, line, column } = error;
        const place = { position, length, line, column, caret: error.caret() };
        return reply.status(400).send({ error: { ...errorBody(error).error, ...place } });
      }
    },
  );
}
