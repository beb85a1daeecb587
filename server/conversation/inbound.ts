import type { KnownPerson } from '../person/people.ts'
import type { ChannelId, DeliveryId } from '../ids.ts'
import type { InboundEvent, StatusEvent } from '../whatsapp/delivery-events.ts'
import type { OpenConversation } from './open-conversations.ts'

/** An inbound message of one portal. Its order is (sentAt, deliveryId, position). */
export type Inbound = { event: InboundEvent; channelId: ChannelId; deliveryId: DeliveryId; sentAt: Date }

/** The same, with the person and the open conversation it belongs to. */
export type PlacedInbound = Inbound & { person: KnownPerson; conversation: OpenConversation }

/** A status of one portal. */
export type InboundStatus = { event: StatusEvent; channelId: ChannelId; at: Date }
