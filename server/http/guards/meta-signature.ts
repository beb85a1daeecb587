import { AppError } from '../../errors.ts'
import type { SignatureCheck } from '../../whatsapp/signature.ts'

/** Refuses a body that Meta did not sign with one of our secrets. Throws `unauthorized`. */
export async function requireMetaSignature(
  check: SignatureCheck,
  body: Uint8Array,
  header: string | undefined,
): Promise<void> {
  if (!(await check(body, header))) throw new AppError('unauthorized', 'The signature is missing or wrong.')
}
