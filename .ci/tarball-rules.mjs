// What has to hold of every tarball before it may be published. Each rule returns what breaks it, in words.

const dependencyFields = ['dependencies', 'peerDependencies', 'optionalDependencies']

/**
 * All that is wrong with a tarball (`manifest`, and `files`: content by path). `release` is what it is released with:
 * `versions` of all packages by name, the `engines` of the repository, and the `folders` of this machine.
 */
export function problemsOf(tarball, release) {
  return rules.flatMap((rule) => rule(tarball, release))
}

const rules = [
  hasWhatAReaderNeeds,
  hasEveryFileItNames,
  hasTypesForEveryEntry,
  hasNoTestsAndNoSources,
  hasNoPathOfAMachine,
  hasNoRangeOfTheWorkspace,
  dependsOnWhatIsReleased,
  hasBoundedPeers,
  saysWhereItRuns,
  isPublic,
  saysWhereItComesFrom,
]

function hasWhatAReaderNeeds({ manifest, files }) {
  const lacking = ['README.md', 'LICENSE'].filter((name) => !files.get(name)?.trim())
  const unsaid = ['name', 'version', 'description', 'license'].filter((field) => !manifest[field])
  return [...lacking.map((name) => `no ${name}`), ...unsaid.map((field) => `no ${field} in package.json`)]
}

function hasEveryFileItNames({ manifest, files }) {
  const { main, module, types, bin = {}, exports = {} } = manifest
  const programs = typeof bin === 'string' ? [bin] : Object.values(bin)
  const named = [main, module, types, ...programs, ...targetsOf(exports)].filter((target) => target !== undefined)
  const absent = new Set(named.filter((target) => !files.has(target.replace(/^\.\//, ''))))
  return [...absent].map((target) => `package.json names ${target}, which is not packed`)
}

/** Every file that the `exports` lead to. */
function targetsOf(exports) {
  return typeof exports === 'string' ? [exports] : Object.values(exports ?? {}).flatMap(targetsOf)
}

function hasTypesForEveryEntry({ manifest }) {
  const entries = Object.entries(manifest.exports ?? {}).filter(([path]) => !path.endsWith('.json'))
  if (entries.length === 0) return ['no exports in package.json']
  return entries.flatMap(([path, conditions]) =>
    ['import', 'require']
      .filter((condition) => !/\.d\.[cm]?ts$/.test(conditions[condition]?.types ?? ''))
      .map((condition) => `exports["${path}"] has no types for ${condition}`),
  )
}

function hasNoTestsAndNoSources({ files }) {
  const isTest = (path) => /(^|\/)(tests?|__tests__|fixtures)\/|\.(test|spec)\./.test(path)
  const isSource = (path) => /\.[cm]?tsx?$/.test(path) && !/\.d\.[cm]?ts$/.test(path)
  const isSetting = (path) => /(^|\/)(\.[^/]+|tsconfig[^/]*\.json|[^/]+\.(tgz|log))$/.test(path)
  const unwanted = [...files.keys()].filter((path) => isTest(path) || isSource(path) || isSetting(path))
  return unwanted.map((path) => `${path} does not belong into a package`)
}

function hasNoPathOfAMachine({ files }, { folders }) {
  const homes = /(?:\/home|\/Users|\b[A-Z]:\\Users)[/\\]\w[^/\\\s'"`]*[/\\]/
  return [...files].flatMap(([path, text]) => {
    const found = folders.find((folder) => text.includes(folder)) ?? homes.exec(text)?.[0]
    return found === undefined ? [] : [`${path} has a path of a machine in it: ${found}`]
  })
}

function hasNoRangeOfTheWorkspace({ manifest }) {
  return rangesOf(manifest)
    .filter(({ range }) => /^(workspace|catalog|link|file|portal|git|https?):/.test(range))
    .map(({ field, name, range }) => `${field}.${name} is ${range}, which no registry knows`)
}

function dependsOnWhatIsReleased({ manifest }, { versions }) {
  return rangesOf(manifest)
    .filter(({ name, range }) => versions.has(name) && range !== `^${versions.get(name)}`)
    .map(({ field, name, range }) => `${field}.${name} is ${range}, but ${versions.get(name)} is released with it`)
}

function rangesOf(manifest) {
  return dependencyFields.flatMap((field) =>
    Object.entries(manifest[field] ?? {}).map(([name, range]) => ({ field, name, range })),
  )
}

/** That the version we test with is among them is what npm checks in the `packed` gate, where it installs both. */
function hasBoundedPeers({ manifest }) {
  const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest
  const isBounded = (range) => range.split('||').every((part) => /^[\^~]\d+\.\d+\.\d+$/.test(part.trim()))
  const peers = Object.entries(peerDependencies)
  const strangers = Object.keys(peerDependenciesMeta).filter((name) => !(name in peerDependencies))
  return [
    ...peers
      .filter(([, range]) => !isBounded(range))
      .map(([name, range]) => `peerDependencies.${name} is ${range}; wanted are ranges such as ^1.2.3 || ^2.0.0`),
    ...peers
      .filter(([name]) => name in dependencies)
      .map(([name]) => `${name} is a dependency and a peer dependency at once`),
    ...strangers.map((name) => `peerDependenciesMeta.${name} speaks of no peer dependency`),
  ]
}

function saysWhereItRuns({ manifest }, { engines }) {
  const { node } = manifest.engines ?? {}
  return node === engines.node ? [] : [`engines.node is ${node}; the repository's is ${engines.node}`]
}

function isPublic({ manifest }) {
  const access = manifest.publishConfig?.access
  return access === 'public' ? [] : [`publishConfig.access is ${access}; a scoped package is private without "public"`]
}

/** Without a repository a package can be published, but without provenance: the registry compares the two. */
function saysWhereItComesFrom({ manifest }) {
  const { repository, publishConfig } = manifest
  if (repository === undefined) {
    return publishConfig?.provenance ? ['publishConfig.provenance needs a repository in package.json'] : []
  }
  return /^packages\/\w/.test(repository.directory ?? '') ? [] : ['repository has no directory']
}
