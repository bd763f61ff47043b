import * as z from 'zod';
import type { App, RouteDeps } from '../api.js';

export function resetRoutes(app: App, deps: RouteDeps): void {
  app.post(
    '/colocal/v1/reset',
    {
      schema: {
        summary:
          "Return the file's objects to the file, remove the API's, let faults and health begin anew, clear the journal",
        response: { 200: z.object({ revision: z.int().describe("The state's revision afterwards.") }) },
      },
    },
    async () => {
      await deps.reset();
      return { revision: deps.state.read().revision };
    },
  );
}
