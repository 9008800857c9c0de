// Which file may import which. Type-only imports count too, unless a rule says otherwise.

const test = '([.]test[.]ts$)|(^packages/[^/]+/test/)|(^examples/[^/]+/test/)|(^test/)'
const published = '^packages/(?!bench/)[^/]+/src/'

/** @type {import('dependency-cruiser').IConfiguration} */
const parts = '^packages/core/test/(keyed-)?model/'

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'If two files want to import each other, an event of the statechart is missing.',
      severity: 'error',
      from: { pathNot: parts },
      to: { circular: true },
    },
    {
      name: 'no-circles-of-values',
      comment: 'The parts of a modelled world know it by its type.',
      severity: 'error',
      from: { path: parts },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'core-knows-no-adapter',
      severity: 'error',
      from: { path: '^packages/core/' },
      to: { path: '^(packages/(?!core/)|examples/|test/)' },
    },
    {
      name: 'packages-stand-alone',
      comment: 'What is published imports neither the bench nor the examples nor the tests that cross packages.',
      severity: 'error',
      from: { path: '^packages/(?!bench/)' },
      to: { path: '^(packages/bench/|examples/|test/)' },
    },
    {
      name: 'front-doors-only',
      comment: "Another package's files are reached through its exports.",
      severity: 'error',
      from: { path: '^(packages|examples)/([^/]+)/' },
      to: {
        path: '^packages/[^/]+/src/',
        pathNot: [
          '^$1/$2/',
          '^packages/[^/]+/src/(index|machine|kit|server|undici|http2|ws|pg|mysql2|mysql2-callback|redis)[.]ts$',
        ],
      },
    },
    {
      name: 'xstate-stays-behind-the-table',
      comment: 'Importing xstate takes 30 ms and more; the pool runs on the generated table.',
      severity: 'error',
      from: {
        path: '^packages/core/src/',
        pathNot: [test, '/(connection-machine|compile-machine|assert-compilable|inspect-with|machine)[.]ts$'],
      },
      to: { path: '(^|/)xstate(/|$)' },
    },
    {
      name: 'core-runs-without-xstate',
      severity: 'error',
      from: { path: '^packages/core/src/index[.]ts$' },
      to: { path: '(^|/)node_modules/xstate/', reachable: true },
    },
    {
      name: 'policies-import-types-only',
      severity: 'error',
      from: { path: '^packages/core/src/policies/', pathNot: test },
      to: { pathNot: '^packages/core/src/(policies|errors)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-test-code-in-production',
      severity: 'error',
      from: { path: '^(packages|examples)/[^/]+/src/', pathNot: test },
      to: { path: test },
    },
    {
      name: 'no-dev-dependency-in-production',
      comment:
        'The build of @millpond/testing takes d3 in: it is published as ES modules only, which jest cannot require.',
      severity: 'error',
      from: { path: published, pathNot: test },
      to: {
        pathNot: '/node_modules/d3-',
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only', 'npm-peer'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(packages|examples)/[^/]+/(dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
