import { defineConfig } from 'vitest/config'
import { alias } from '../../../../vitest.config.js'
export default defineConfig({ root: '/work/main', resolve: { alias }, plugins: [{ name: 'x', enforce: 'pre', transform: (code: string, id: string) => id.endsWith('pool-model.test.ts') ? code.replace("expect(coverage.rare([...new Set(expected)], 50)).toEqual([])", 'expect(coverage.rare([...new Set(expected)], 50)).toEqual([]); console.log("RARE", coverage.rare([...new Set(expected)], 80).join("; "))') : undefined }], test: { include: ['packages/core/test/model/pool-model.test.ts'] } })
