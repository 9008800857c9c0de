import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { renderSvg } from './render-svg.js'
import { scenes } from './scenes.js'

/** Simulates every scene and writes its picture, as `<name>.svg`, into the folder. */
export async function drawPictures(folder: string, onDrawn: (name: string) => void = () => {}): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const scene of scenes) {
    await writeFile(join(folder, `${scene.name}.svg`), renderSvg(scene, await scene.find()))
    onDrawn(scene.name)
  }
}
