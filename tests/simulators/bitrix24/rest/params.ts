import { missing, RestError } from './errors.ts'

/** Parameters of one call; numbers may arrive as text, lists as PHP maps. */
export class Params {
  readonly raw: Record<string, unknown>

  constructor(raw: Record<string, unknown>) {
    this.raw = raw
  }

  /** Exact name, as controller methods want it. */
  get(name: string): unknown {
    return this.raw[name]
  }

  /** Any letter case, as the older methods take it. */
  any(name: string): unknown {
    const key = Object.keys(this.raw).find((one) => one.toLowerCase() === name.toLowerCase())
    return key === undefined ? undefined : this.raw[key]
  }

  /** A required whole number of a controller method. */
  int(name: string): number {
    const value = this.raw[name]
    if (value === undefined || value === null || value === '') throw missing(name)
    const number = Number(value)
    if (!Number.isInteger(number)) {
      throw new RestError(400, '100', `Invalid value {${String(value)}} to match with parameter {${name}}`)
    }
    return number
  }

  /** Text of an older method; empty when absent. */
  text(name: string): string {
    const value = this.any(name)
    return value === undefined || value === null || typeof value === 'object' ? '' : String(value)
  }

  /** An object parameter; empty when absent. */
  map(name: string): Record<string, unknown> {
    return asMap(this.any(name))
  }

  /** A list parameter: a list, or a map whose order counts; empty when absent. */
  list(name: string): unknown[] {
    return asList(this.any(name))
  }
}

/** Any object or list as a map; everything else is empty. */
export function asMap(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Any list or map as a list; a scalar is a list of itself, nothing is an empty list. */
export function asList(value: unknown): unknown[] {
  if (value === undefined || value === null || value === '') return []
  return typeof value === 'object' ? Object.values(value) : [value]
}

/** The portal's yes: Y, 1, true. */
export function asFlag(value: unknown): boolean {
  return value === true || value === 1 || ['Y', 'y', '1', 'true'].includes(String(value))
}
