import { describe, it } from 'node:test'
import { adapterSuite } from '@millpond/testing'
import { lineSuite } from './line-suite.js'
import { lineWithBug } from './planted-bug.js'

// Fails, and says why: that is the point. The seed is for those who want to see what the README shows.
adapterSuite({ describe, it }, { ...lineSuite('the line protocol, with a bug', lineWithBug), seed: 3 })
