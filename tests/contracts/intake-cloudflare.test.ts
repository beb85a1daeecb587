import { describe } from 'vitest'
import { createIntake } from '#server/adapters/cloudflare/intake.ts'
import { intakeBattery } from './intake.ts'

describe('the intake of a Worker, one insert per post', () => {
  intakeBattery(createIntake)
})
