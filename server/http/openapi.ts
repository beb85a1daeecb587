import type { App } from './env.ts'

/** `GET /api/openapi.json`: every mounted route with its full path; public. */
export function mountOpenApi(app: App): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The token of POST /api/session',
  })
  app.doc31('/api/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'WASync', version: '1' },
  })
}
