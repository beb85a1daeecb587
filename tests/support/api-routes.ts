import { z } from 'zod'
import type { Harness } from './harness.ts'

const Schema = z.looseObject({})
type Schema = z.infer<typeof Schema>
const Parameter = z.looseObject({ name: z.string(), in: z.string(), schema: Schema })
const Operation = z.looseObject({
  security: z.array(z.unknown()).optional(),
  parameters: z.array(Parameter).default([]),
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.looseObject({ schema: Schema.optional() })) })
    .optional(),
})
const Document = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), Operation)) })

/** One documented route: what is in its path, its query and its body. */
export type ApiRoute = {
  method: string
  path: string
  isPublic: boolean
  params: string[]
  query: { name: string; schema: Schema }[]
  body: Schema | null
}

/** Every route that the server documents about itself, so that a new one is tested without being named. */
export async function apiRoutes({ request }: Pick<Harness, 'request'>): Promise<ApiRoute[]> {
  const document = Document.parse(await (await request('/api/openapi.json')).json())
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security, parameters, requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      isPublic: security === undefined,
      params: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name),
      query: parameters.filter((one) => one.in === 'query'),
      body: requestBody?.content['application/json']?.schema ?? null,
    })),
  )
}

/** The path with its parameters filled in, in order. */
export const fillPath = (route: ApiRoute, values: readonly string[]): string =>
  route.params.reduce(
    (path, name, index) => path.replace(`{${name}}`, encodeURIComponent(values[index] ?? '')),
    route.path,
  )

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** A value that fits the schema; `id` answers what stands where an id is asked for, by the field's name. */
export function sampleOf(schema: Schema, id: (name: string) => string, name = ''): unknown {
  if ('const' in schema) return schema['const']
  const [first] = list(schema['enum'] ?? schema['anyOf'] ?? schema['oneOf'])
  if (schema['enum']) return first
  if (first) return sampleOf(Schema.parse(first), id, name)
  const type = list(schema['type'])[0] ?? schema['type']
  if (type === 'object') {
    const fields = Object.entries(Schema.parse(schema['properties'] ?? {}))
    return Object.fromEntries(
      fields.map(([field, inner]) => [field, sampleOf(Schema.parse(inner), id, field)]),
    )
  }
  if (type === 'array') return [sampleOf(Schema.parse(schema['items']), id, name)]
  if (type === 'boolean') return true
  if (type === 'integer' || type === 'number') return Number(schema['minimum'] ?? 1)
  return id(name) || 'x'.repeat(Number(schema['minLength'] ?? 1))
}
