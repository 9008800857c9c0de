// Modules are called what they are imported by: `@millpond/core/machine`, not `core/src/machine`.

import { Converter, ReflectionKind } from 'typedoc'

const files = { index: '', 'mysql2-callback': '/mysql2/callback' }

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) module.name = importedAs(module.name)
  })
}

/** The name that TypeDoc gives: `core/src` or `core/src/machine`, where `index` is left out. */
function importedAs(name) {
  const [, folder, file = 'index'] = /^(\w+)\/src(?:\/([\w-]+))?$/.exec(name) ?? []
  if (folder === undefined) throw new Error(`not an entry of a package: ${name}`)
  return `@millpond/${folder}${files[file] ?? `/${file}`}`
}
