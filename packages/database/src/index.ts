export { presets } from './presets.js'
export { type Done, type Driver, type Lost, wrapDriver } from './wrap-driver.js'
