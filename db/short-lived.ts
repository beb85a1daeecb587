/**
 * The driver (postgres.js 3.4.9) makes the functions that end a statement where the engine lays them among its old objects at once
 * (V8 does so with a function that is written to a property). Through them each statement is kept, young as it is, until the next
 * collection of all, and with it its answer and its values. What is large is taken out here.
 */

/** The rows of an answer, which is empty afterwards. */
export function takeOut(answer: unknown): unknown {
  if (!Array.isArray(answer)) return answer
  const rows = answer.slice()
  answer.length = 0
  return rows
}

/** Waits for a statement and empties it of its values; it cannot be asked again. Rejects as the statement does. */
export async function dropValues<T>(statement: PromiseLike<T>): Promise<T> {
  try {
    return await statement
  } finally {
    Object.assign(statement, { args: [], parameters: [] })
  }
}
