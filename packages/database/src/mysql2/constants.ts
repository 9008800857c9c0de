import mysql from 'mysql2'

type Mysql = typeof import('mysql2')

// mysql2 has these behind getters, which are not seen where its CommonJS is imported as an ES module: there they can be
// read of the default export alone.
const constants = mysql as unknown as Pick<Mysql, 'Types' | 'TypedParameter' | 'Charsets' | 'CharsetToEncoding'>

export const Types = constants.Types
export const TypedParameter = constants.TypedParameter
export const Charsets = constants.Charsets
export const CharsetToEncoding = constants.CharsetToEncoding

export type TypedParameter = import('mysql2').TypedParameter
