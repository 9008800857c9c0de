import { tracingChannel } from 'node:diagnostics_channel'

/** `tracing:millpond:acquire:*`: an acquire from call to grant or failure. */
export const acquireTrace = tracingChannel('millpond:acquire')

/** `tracing:millpond:connect:*`: the adapter's open. */
export const connectTrace = tracingChannel('millpond:connect')
