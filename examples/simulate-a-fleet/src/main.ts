import { printComparison } from './print-comparison.js'
import { returns, sizes } from './scenarios.js'

const print = (line: string) => console.log(line)

await printComparison(returns, print)
await printComparison(sizes, print)
