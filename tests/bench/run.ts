import { existsSync, readdirSync } from 'node:fs'
import { watchMachine } from './watch-machine.ts'

// npm run bench [name …]: each benchmark prints one JSON line per result and says whether it held its budget;
// the last line of each tells what the machine itself did meanwhile.
export type BenchResult = { bench: string; ok: boolean } & Record<string, unknown>

const folder = new URL('.', import.meta.url)
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length))
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const unknown = wanted.filter((name) => !existsSync(new URL(`${name}.bench.ts`, folder)))
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are ${names.join(', ')}`)
  process.exit(1)
}

let held = true
for (const name of wanted.length > 0 ? wanted : names) {
  const bench: { run(): Promise<BenchResult[]> } = await import(`./${name}.bench.ts`)
  const machine = watchMachine()
  for (const result of await bench.run()) {
    console.log(JSON.stringify(result))
    held &&= result.ok
  }
  console.log(JSON.stringify({ bench: name, machine: await machine.end() }))
}
process.exit(held ? 0 : 1)
