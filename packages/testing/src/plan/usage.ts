/** What `millpond --help` prints, and what follows an error in the arguments. */
export const usage = `Usage: millpond plan --rate <n> --p50 <ms> --connect <ms> --target <ms> --max <n> [options]

Simulates the real pool at a range of sizes and recommends the smallest that meets the target.

  --rate <n>       requests a second (Poisson arrivals)
  --p50 <ms>       how long a request holds its connection: half of them up to this long
  --p99 <ms>       … and one in a hundred longer than this (lognormal); without it exponential,
                   whose p99 is 6.6 times its p50; the same as --p50 for always as long
  --connect <ms>   how long it takes to open a connection
  --target <ms>    how long 99 in 100 requests may wait for a connection, at most
  --max <n>        connections there may be, at most

  --min <n>        connections kept open (size.min; default 0), all of them in smaller pools
  --timeout <ms>   when a waiting request gives up (acquire.timeout; default 30000)
  --duration <s>   seconds to simulate (default: those of 100000 requests, a week at most)
  --seed <n>       another seed, other requests; the same, the same output (default 1)
  --svg <file>     writes a plot of p99 wait against size there
  --json           prints one JSON document instead of the table
  --help, --version

Exit code: 0 when a size is recommended, 1 when none meets the target, 2 when the arguments are wrong.
`
