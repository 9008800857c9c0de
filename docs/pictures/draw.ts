import { fileURLToPath } from 'node:url'
import { drawPictures } from './draw-pictures.js'

// The command: node --import tsx docs/pictures/draw.ts
const folder = fileURLToPath(new URL('../public/policies/', import.meta.url))
await drawPictures(folder, (name) => console.log(`docs/public/policies/${name}.svg`))
