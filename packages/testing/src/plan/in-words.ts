export function connections(count: number): string {
  return count === 1 ? '1 connection' : `${count} connections`
}

/** A number with the three digits that a simulation is good for. */
export function digits(value: number): string {
  return String(Number(value.toPrecision(3)))
}

export function ms(value: number): string {
  return `${digits(value)} ms`
}

export function percent(share: number): string {
  return `${digits(share * 100)} %`
}
