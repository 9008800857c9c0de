import { readFileSync } from 'node:fs'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')

export const certificate = read('certificate.pem')
export const key = read('key.pem')
