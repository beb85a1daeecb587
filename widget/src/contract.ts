import type { z } from 'zod'
import type * as shared from '#server/contract.ts'

export type {
  Binding,
  Channel,
  ConnectedChannel,
  Conversation,
  CrmRecord,
  Diagnosis,
  EntityType,
  Hint,
  InstallProgress,
  Language,
  Me,
  Message,
  MessageKind,
  MessageStatus,
  PageName,
  Preferences,
  RecordRef,
  RemovedMessage,
  Retention,
  SendInput,
  Session,
  Settings,
  Setup,
  StartInput,
  StartOptions,
  Theme,
} from '#server/contract.ts'
export type Accepted = z.infer<typeof shared.Accepted>
export type Boot = z.infer<typeof shared.Boot>
export type Changes = z.infer<typeof shared.Changes>
export type ChannelInput = z.infer<typeof shared.ChannelInput>
export type Channels = z.infer<typeof shared.Channels>
export type Check = z.infer<typeof shared.Check>
export type Conversations = z.infer<typeof shared.Conversations>
export type Messages = z.infer<typeof shared.Messages>
export type Records = z.infer<typeof shared.Records>
export type SettingsInput = z.infer<typeof shared.SettingsInput>
export type TermsInput = z.infer<typeof shared.TermsInput>

/** The same number as TEXT_LIMIT of the server's contract: importing that value would bring zod along. */
export const TEXT_LIMIT = 4096
