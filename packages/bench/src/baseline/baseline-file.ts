import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { stableJson } from '../stable-json.js'
import type { Ratios } from './ratios.js'

const fileIn = (folder: URL) => new URL('baseline.json', folder)

/** Undefined where none was ever written. */
export function readBaseline(folder: URL): Ratios | undefined {
  if (!existsSync(fileIn(folder))) return undefined
  return JSON.parse(readFileSync(fileIn(folder), 'utf8')) as Ratios
}

export function writeBaseline(folder: URL, ratios: Ratios): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(fileIn(folder), stableJson(ratios))
}
