/** ms within which so many of all operations were over: half, 90 %, 99 % and 99.9 %. */
export interface Waits {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
}
