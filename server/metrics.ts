import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** The numbers behind /metrics; labels never hold an id of a tenant or a person. */
export type Metrics = ReturnType<typeof createMetrics>

/** A fresh registry with every metric of the server. */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: `wasync_${name}`, help, labelNames, registers })
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `wasync_${name}`, help, labelNames, registers })
  const seconds = (name: string, help: string, labelNames: string[] = []) =>
    new Histogram({
      name: `wasync_${name}`,
      help,
      labelNames,
      registers,
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30],
    })
  return {
    registry,
    deliveries: counter('deliveries_total', 'Webhook posts by answer', ['answer']),
    ingested: counter('ingested_total', 'Events ingested by kind', ['kind']),
    dropped: counter('dropped_total', 'Content dropped because intake is stopped'),
    ingestLag: seconds('ingest_lag_seconds', 'From the answer 200 to visible'),
    intakeWaiting: gauge('intake_waiting', 'Deliveries that wait for ingest'),
    jobsWaiting: gauge('jobs_waiting', 'Jobs that wait or run, by queue', ['queue']),
    sends: counter('sends_total', 'Attempts by result', ['result']),
    sendLag: seconds('send_lag_seconds', 'From intent to the answer of WhatsApp'),
    portalCalls: counter('portal_calls_total', 'Portal calls by code', ['code']),
    portalWait: seconds('portal_wait_seconds', 'Time spent waiting for the budget of a portal', ['lane']),
    portalRefreshes: counter('portal_refreshes_total', 'Token refreshes by result', ['result']),
    requests: seconds('http_request_seconds', 'Requests by route and status', ['route', 'status']),
    streams: gauge('hint_streams', 'Open event streams'),
  }
}
