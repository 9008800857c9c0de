import { readFileSync } from 'node:fs'

const read = (file: string) => readFileSync(new URL(`certificates/${file}.pem`, import.meta.url), 'utf8')

/** PEM texts; `certificates/generate.sh` says what each is and makes them anew. */
export const certificates = { authority: read('authority'), key: read('key'), good: read('good') }
