CREATE SCHEMA "app";
--> statement-breakpoint
CREATE SCHEMA "control";
--> statement-breakpoint
CREATE TABLE "app"."audit" (
	"portal_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" text,
	"action" text NOT NULL,
	"subject" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "audit_portal_id_id_pk" PRIMARY KEY("portal_id","id")
);
--> statement-breakpoint
ALTER TABLE "app"."audit" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."data_key" (
	"portal_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"purpose" text NOT NULL,
	"wrapped" "bytea" NOT NULL,
	"wrapping_key_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "data_key_portal_id_id_pk" PRIMARY KEY("portal_id","id"),
	CONSTRAINT "data_key_purpose" UNIQUE("portal_id","purpose")
);
--> statement-breakpoint
ALTER TABLE "app"."data_key" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."method_pause" (
	"portal_id" uuid NOT NULL,
	"method" text NOT NULL,
	"until" timestamp with time zone NOT NULL,
	CONSTRAINT "method_pause_portal_id_method_pk" PRIMARY KEY("portal_id","method")
);
--> statement-breakpoint
ALTER TABLE "app"."method_pause" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."portal" (
	"portal_id" uuid PRIMARY KEY NOT NULL,
	"member_id" text NOT NULL,
	"client_endpoint" text NOT NULL,
	"oauth_origin" text NOT NULL,
	"application_id" text,
	"application_code" text,
	"application_token" "bytea",
	"state" text DEFAULT 'active' NOT NULL,
	"service_user_id" text NOT NULL,
	"registration" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"registered_version" text,
	"leads_enabled" boolean DEFAULT true NOT NULL,
	"new_sender_record" text DEFAULT 'lead' NOT NULL,
	"retention_days" integer,
	"terms_version" text,
	"uninstall_probed_at" timestamp with time zone,
	"event_echoed_at" timestamp with time zone,
	"installed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"stopped_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "app"."portal" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."portal_budget" (
	"portal_id" uuid PRIMARY KEY NOT NULL,
	"level" double precision DEFAULT 0 NOT NULL,
	"level_at" timestamp with time zone DEFAULT now() NOT NULL,
	"paused_until" timestamp with time zone,
	"stopped_reason" text
);
--> statement-breakpoint
ALTER TABLE "app"."portal_budget" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."portal_call" (
	"portal_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"method" text NOT NULL,
	"params" text[] NOT NULL,
	"code" text NOT NULL,
	"ms" integer NOT NULL,
	CONSTRAINT "portal_call_portal_id_id_pk" PRIMARY KEY("portal_id","id")
);
--> statement-breakpoint
ALTER TABLE "app"."portal_call" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."portal_user" (
	"portal_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"name" text DEFAULT '' NOT NULL,
	"is_admin" boolean DEFAULT false NOT NULL,
	"language" text,
	"theme" text DEFAULT 'auto' NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "portal_user_portal_id_user_id_pk" PRIMARY KEY("portal_id","user_id")
);
--> statement-breakpoint
ALTER TABLE "app"."portal_user" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."session" (
	"portal_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"is_admin" boolean NOT NULL,
	"page" text NOT NULL,
	"entity_type" text,
	"entity_id" text,
	"conversation_id" uuid,
	"portal_language" text DEFAULT 'en' NOT NULL,
	"code_hash" "bytea",
	"code_expires_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "session_portal_id_id_pk" PRIMARY KEY("portal_id","id")
);
--> statement-breakpoint
ALTER TABLE "app"."session" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."terms_acceptance" (
	"portal_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"version" text NOT NULL,
	"user_id" text NOT NULL,
	"retention_days" integer,
	"accepted_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "terms_acceptance_portal_id_id_pk" PRIMARY KEY("portal_id","id")
);
--> statement-breakpoint
ALTER TABLE "app"."terms_acceptance" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."user_token" (
	"portal_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"access_token" "bytea" NOT NULL,
	"refresh_token" "bytea",
	"expires_at" timestamp with time zone NOT NULL,
	"refused_at" timestamp with time zone,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_token_portal_id_user_id_pk" PRIMARY KEY("portal_id","user_id")
);
--> statement-breakpoint
ALTER TABLE "app"."user_token" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."channel" (
	"portal_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"phone" text NOT NULL,
	"waba_id" text NOT NULL,
	"phone_number_id" text NOT NULL,
	"access_token" "bytea",
	"data_key_id" uuid,
	"status" text NOT NULL,
	"connect_started_at" timestamp with time zone NOT NULL,
	"connected_at" timestamp with time zone NOT NULL,
	"disconnected_at" timestamp with time zone,
	"last_inbound_at" timestamp with time zone,
	CONSTRAINT "channel_portal_id_id_pk" PRIMARY KEY("portal_id","id")
);
--> statement-breakpoint
ALTER TABLE "app"."channel" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."person" (
	"portal_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text DEFAULT '' NOT NULL,
	"phone" text,
	"username" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "person_portal_id_id_pk" PRIMARY KEY("portal_id","id")
);
--> statement-breakpoint
ALTER TABLE "app"."person" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."person_alias" (
	"portal_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"value" text NOT NULL,
	"person_id" uuid NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "person_alias_portal_id_kind_value_pk" PRIMARY KEY("portal_id","kind","value")
);
--> statement-breakpoint
ALTER TABLE "app"."person_alias" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."attempt" (
	"portal_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"state" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	"next_at" timestamp with time zone,
	"error_code" text,
	"provider_id" text,
	CONSTRAINT "attempt_portal_id_id_pk" PRIMARY KEY("portal_id","id"),
	CONSTRAINT "attempt_number" UNIQUE("portal_id","message_id","number")
);
--> statement-breakpoint
ALTER TABLE "app"."attempt" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."conversation" (
	"portal_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"channel_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"rev" bigint DEFAULT 0 NOT NULL,
	"unanswered" integer DEFAULT 0 NOT NULL,
	"last_inbound_at" timestamp with time zone,
	"last_message_at" timestamp with time zone,
	"last_message_id" uuid,
	"read_up_to_at" timestamp with time zone,
	"crm_due" boolean DEFAULT false NOT NULL,
	"bound_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "conversation_portal_id_id_pk" PRIMARY KEY("portal_id","id"),
	CONSTRAINT "conversation_pair" UNIQUE("portal_id","channel_id","person_id")
);
--> statement-breakpoint
ALTER TABLE "app"."conversation" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."message" (
	"portal_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"channel_id" uuid NOT NULL,
	"rev" bigint NOT NULL,
	"direction" text NOT NULL,
	"kind" text NOT NULL,
	"text" text,
	"status" text NOT NULL,
	"error_code" text,
	"error_text" text,
	"author_kind" text NOT NULL,
	"author_id" text,
	"author_name" text,
	"sent_at" timestamp with time zone NOT NULL,
	"order_id" uuid NOT NULL,
	"position" smallint DEFAULT 0 NOT NULL,
	"provider_id" text,
	"reply_to_id" uuid,
	"reply_to_provider_id" text,
	"client_id" uuid,
	"client_hash" "bytea",
	"edited_at" timestamp with time zone,
	"removed" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "message_portal_id_id_pk" PRIMARY KEY("portal_id","id")
);
--> statement-breakpoint
ALTER TABLE "app"."message" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."message_payload" (
	"portal_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"wire_kind" text NOT NULL,
	"body" "bytea" NOT NULL,
	CONSTRAINT "message_payload_portal_id_message_id_pk" PRIMARY KEY("portal_id","message_id")
);
--> statement-breakpoint
ALTER TABLE "app"."message_payload" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."parked_status" (
	"portal_id" uuid NOT NULL,
	"channel_id" uuid NOT NULL,
	"provider_id" text NOT NULL,
	"status" text NOT NULL,
	"callback_id" uuid,
	"error_code" text,
	"error_text" text,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "parked_status_portal_id_channel_id_provider_id_status_pk" PRIMARY KEY("portal_id","channel_id","provider_id","status")
);
--> statement-breakpoint
ALTER TABLE "app"."parked_status" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."binding" (
	"portal_id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"entity_type" text NOT NULL,
	"entity_id" text NOT NULL,
	"is_owner" boolean NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "binding_portal_id_conversation_id_entity_type_entity_id_pk" PRIMARY KEY("portal_id","conversation_id","entity_type","entity_id")
);
--> statement-breakpoint
ALTER TABLE "app"."binding" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."binding_change" (
	"portal_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"reason" text NOT NULL,
	"actor_id" text,
	"before" jsonb NOT NULL,
	"after" jsonb NOT NULL,
	"candidates" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"undone_at" timestamp with time zone,
	CONSTRAINT "binding_change_portal_id_id_pk" PRIMARY KEY("portal_id","id")
);
--> statement-breakpoint
ALTER TABLE "app"."binding_change" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."crm_activity" (
	"portal_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"span_from" timestamp with time zone NOT NULL,
	"span_to" timestamp with time zone NOT NULL,
	"activity_id" text,
	"owner_type" text,
	"owner_id" text,
	"shown_rev" bigint DEFAULT 0 NOT NULL,
	"add_started_at" timestamp with time zone,
	CONSTRAINT "crm_activity_portal_id_id_pk" PRIMARY KEY("portal_id","id")
);
--> statement-breakpoint
ALTER TABLE "app"."crm_activity" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "control"."delivery" (
	"id" uuid PRIMARY KEY NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"body" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "control"."erasure_receipt" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scope" text NOT NULL,
	"subject" "bytea" NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"counts" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "control"."exchanged_token" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"portal_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"is_admin" boolean NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "control"."intake" (
	"delivery_id" uuid PRIMARY KEY NOT NULL,
	"claimed_until" timestamp with time zone,
	"attempts" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "control"."key_use" (
	"key_id" text PRIMARY KEY NOT NULL,
	"proof" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "control"."member_portal" (
	"member_id" text PRIMARY KEY NOT NULL,
	"portal_id" uuid NOT NULL,
	CONSTRAINT "member_portal_portal_id_unique" UNIQUE("portal_id")
);
--> statement-breakpoint
CREATE TABLE "control"."number_portal" (
	"phone_number_id" text PRIMARY KEY NOT NULL,
	"portal_id" uuid NOT NULL,
	"channel_id" uuid NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"stopped_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "control"."quarantine" (
	"id" uuid PRIMARY KEY NOT NULL,
	"delivery_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"received_at" timestamp with time zone NOT NULL,
	"reason" text NOT NULL,
	"phone_number_id" text,
	"body" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "control"."tombstone" (
	"kind" text NOT NULL,
	"key_id" text NOT NULL,
	"hash" "bytea" NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tombstone_kind_hash_pk" PRIMARY KEY("kind","hash")
);
--> statement-breakpoint
ALTER TABLE "app"."channel" ADD CONSTRAINT "channel_portal" FOREIGN KEY ("portal_id") REFERENCES "app"."portal"("portal_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "app"."person" ADD CONSTRAINT "person_portal" FOREIGN KEY ("portal_id") REFERENCES "app"."portal"("portal_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "app"."person_alias" ADD CONSTRAINT "person_alias_person_fk" FOREIGN KEY ("portal_id","person_id") REFERENCES "app"."person"("portal_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "app"."attempt" ADD CONSTRAINT "attempt_message" FOREIGN KEY ("portal_id","message_id") REFERENCES "app"."message"("portal_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "app"."conversation" ADD CONSTRAINT "conversation_channel" FOREIGN KEY ("portal_id","channel_id") REFERENCES "app"."channel"("portal_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "app"."conversation" ADD CONSTRAINT "conversation_person_fk" FOREIGN KEY ("portal_id","person_id") REFERENCES "app"."person"("portal_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "app"."message" ADD CONSTRAINT "message_conversation" FOREIGN KEY ("portal_id","conversation_id") REFERENCES "app"."conversation"("portal_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "app"."message_payload" ADD CONSTRAINT "message_payload_message" FOREIGN KEY ("portal_id","message_id") REFERENCES "app"."message"("portal_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "app"."parked_status" ADD CONSTRAINT "parked_status_channel" FOREIGN KEY ("portal_id","channel_id") REFERENCES "app"."channel"("portal_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "app"."binding" ADD CONSTRAINT "binding_conversation" FOREIGN KEY ("portal_id","conversation_id") REFERENCES "app"."conversation"("portal_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "app"."binding_change" ADD CONSTRAINT "binding_change_conversation_fk" FOREIGN KEY ("portal_id","conversation_id") REFERENCES "app"."conversation"("portal_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "app"."crm_activity" ADD CONSTRAINT "crm_activity_conversation" FOREIGN KEY ("portal_id","conversation_id") REFERENCES "app"."conversation"("portal_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "portal_call_at" ON "app"."portal_call" USING btree ("portal_id","at");--> statement-breakpoint
CREATE INDEX "session_expiry" ON "app"."session" USING btree ("portal_id","expires_at");--> statement-breakpoint
CREATE INDEX "person_alias_person" ON "app"."person_alias" USING btree ("portal_id","person_id");--> statement-breakpoint
CREATE UNIQUE INDEX "attempt_in_flight" ON "app"."attempt" USING btree ("portal_id","conversation_id") WHERE state = 'sending';--> statement-breakpoint
CREATE INDEX "conversation_person" ON "app"."conversation" USING btree ("portal_id","person_id");--> statement-breakpoint
CREATE INDEX "conversation_recent" ON "app"."conversation" USING btree ("portal_id","last_message_at","id");--> statement-breakpoint
CREATE INDEX "message_order" ON "app"."message" USING btree ("portal_id","conversation_id","sent_at","order_id","position");--> statement-breakpoint
CREATE INDEX "message_rev" ON "app"."message" USING btree ("portal_id","conversation_id","rev");--> statement-breakpoint
CREATE UNIQUE INDEX "message_provider" ON "app"."message" USING btree ("portal_id","channel_id","provider_id") WHERE provider_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "message_client" ON "app"."message" USING btree ("portal_id","client_id") WHERE client_id is not null;--> statement-breakpoint
CREATE INDEX "message_unsent" ON "app"."message" USING btree ("portal_id","conversation_id","sent_at","order_id") WHERE direction = 'out' and status in ('queued', 'sending');--> statement-breakpoint
CREATE INDEX "binding_record" ON "app"."binding" USING btree ("portal_id","entity_type","entity_id");--> statement-breakpoint
CREATE UNIQUE INDEX "binding_owner" ON "app"."binding" USING btree ("portal_id","conversation_id") WHERE is_owner;--> statement-breakpoint
CREATE INDEX "binding_change_conversation" ON "app"."binding_change" USING btree ("portal_id","conversation_id","at");--> statement-breakpoint
CREATE INDEX "crm_activity_span" ON "app"."crm_activity" USING btree ("portal_id","conversation_id","span_from");--> statement-breakpoint
CREATE INDEX "delivery_received" ON "control"."delivery" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "exchanged_token_at" ON "control"."exchanged_token" USING btree ("at");--> statement-breakpoint
CREATE INDEX "number_portal_portal" ON "control"."number_portal" USING btree ("portal_id");--> statement-breakpoint
CREATE UNIQUE INDEX "quarantine_once" ON "control"."quarantine" USING btree ("delivery_id","position");--> statement-breakpoint
CREATE INDEX "quarantine_number" ON "control"."quarantine" USING btree ("phone_number_id");--> statement-breakpoint
CREATE INDEX "quarantine_received" ON "control"."quarantine" USING btree ("received_at");--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."audit" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."data_key" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."method_pause" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."portal" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."portal_budget" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."portal_call" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."portal_user" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."session" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."terms_acceptance" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."user_token" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."channel" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."person" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."person_alias" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."attempt" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."conversation" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."message" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."message_payload" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."parked_status" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."binding" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."binding_change" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "of_portal" ON "app"."crm_activity" AS PERMISSIVE FOR ALL TO public USING (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid) WITH CHECK (portal_id = nullif(current_setting('app.portal_id', true), '')::uuid);