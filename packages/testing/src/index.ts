export { adapterSuite } from './adapter-suite/adapter-suite.js'
export type { AdapterSetup, AdapterSuiteOptions } from './adapter-suite/adapter-suite-options.js'
export type { ServerTruth } from './adapter-suite/server-truth.js'
export type { RunnerIt, TestRunner } from './adapter-suite/test-runner.js'
export { type ChaosProxy, chaosProxy, type ToxicHandle } from './chaos/chaos-proxy.js'
export type { ChaosProxyOptions, ChaosTarget } from './chaos/chaos-proxy-options.js'
export type {
  BandwidthToxic,
  CompleteToxic,
  DownToxic,
  LatencyToxic,
  LimitDataToxic,
  ResetPeerToxic,
  SlicerToxic,
  SlowCloseToxic,
  TimeoutToxic,
  Toxic,
  ToxicStream,
} from './chaos/toxic.js'
export { policySuite } from './policy-suite/policy-suite.js'
export type { AnyPolicy, PolicySuiteOptions } from './policy-suite/policy-suite-options.js'
export { type AnyFaultSchedule, faultSchedule } from './simulation/arbitraries/any-fault-schedule.js'
export { type AnyLoad, load } from './simulation/arbitraries/any-load.js'
export { type AnyPoolOptions, poolOptions } from './simulation/arbitraries/any-pool-options.js'
export type { Percentiles } from './simulation/durations.js'
export type { SimulatedCounts } from './simulation/far-end.js'
export type { Fault, FaultKind, FaultSchedule, FaultTime, SimulatedCall } from './simulation/fault.js'
export { constant, type Distribution, empirical, exponential, type Latency, lognormal } from './simulation/latency.js'
export { type Arrivals, bursty, closed, type Load, type LoadStream, poisson, timestamps } from './simulation/load.js'
export { simulate } from './simulation/simulate.js'
export type { SimulateOptions } from './simulation/simulate-options.js'
export {
  type SimulatedAdapter,
  type SimulatedAdapterOptions,
  simulatedAdapter,
} from './simulation/simulated-adapter.js'
export { SimulatedFailure } from './simulation/simulated-failure.js'
export type { PoolParts, SimulatedPoolOptions } from './simulation/simulated-pool.js'
export type { ResourceEvent, SimulatedResource } from './simulation/simulated-resource.js'
export type { RequestReport, SimulationReport, TimelineReport } from './simulation/simulation-report.js'
export type { Violation } from './simulation/violation.js'
export { NeverIdleError } from './time/never-idle-error.js'
export { RealTimeError } from './time/real-time-error.js'
export { type ClockBranch, type VirtualClock, type VirtualClockOptions, virtualClock } from './time/virtual-clock.js'
