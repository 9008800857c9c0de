import { adapterSuite } from '@millpond/testing'
import { describe, it } from 'vitest'
import { lineSuite } from './line-suite.js'
import { line } from './protocol/line-adapter.js'

adapterSuite({ describe, it }, lineSuite('the line protocol', line))
