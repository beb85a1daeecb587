/** Whether values come out of an urlencoded batch command as they would out of JSON: text and numbers only, no empty lists. */
export function survivesForm(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'number') return true
  if (typeof value !== 'object' || value === null) return false
  const inner = Object.values(value)
  return inner.every((one) => survivesForm(one) && !isEmpty(one))
}

const isEmpty = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0
