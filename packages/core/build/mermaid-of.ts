import type { AnyStateMachine } from 'xstate'

type StateNode = AnyStateMachine['root']

interface Edge {
  readonly from: StateNode
  readonly to: StateNode
  readonly labels: string[]
}

/** The machine as a Mermaid `stateDiagram-v2`: nested states, events and `after <delay>` as labels. */
export function mermaidOf(machine: AnyStateMachine): string {
  return ['stateDiagram-v2', ...scopeOf(machine.root, edgesOf(machine.root), '  ')].join('\n')
}

/** One edge for each pair of states, whatever the number of events that lead from one to the other. */
function edgesOf(root: StateNode): Edge[] {
  const edges = new Map<string, Edge>()
  for (const from of descendantsOf(root)) {
    for (const { eventType, target } of [...from.transitions.values()].flat()) {
      const to = target?.[0] ?? from
      const key = `${idOf(from)} ${idOf(to)}`
      const edge = edges.get(key) ?? { from, to, labels: [] }
      edge.labels.push(labelOf(from, eventType))
      edges.set(key, edge)
    }
  }
  return [...edges.values()]
}

function labelOf(from: StateNode, eventType: string): string {
  const delayed = from.after.find((transition) => transition.eventType === eventType)
  return delayed ? `after ${String(delayed.delay)}` : eventType
}

/** The lines inside one composite state. An edge stands in the innermost state that holds both its ends. */
function scopeOf(scope: StateNode, edges: readonly Edge[], indent: string): string[] {
  const lines = scope.initial.target.map((first) => `[*] --> ${idOf(first)}`)
  for (const child of childrenOf(scope)) {
    if (childrenOf(child).length === 0) {
      lines.push(declarationOf(child))
    } else {
      lines.push(`${declarationOf(child)} {`, ...scopeOf(child, edges, '  '), '}')
    }
  }
  for (const { from, to, labels } of edges) {
    if (commonScope(from, to) === scope) lines.push(`${idOf(from)} --> ${idOf(to)} : ${labels.join(', ')}`)
  }
  for (const child of childrenOf(scope)) {
    if (child.type === 'final') lines.push(`${idOf(child)} --> [*]`)
  }
  return lines.map((line) => indent + line)
}

/** Mermaid takes `state id` for a composite state only. */
function declarationOf(node: StateNode): string {
  const id = idOf(node)
  if (id !== node.key) return `state "${node.key}" as ${id}`
  return childrenOf(node).length === 0 ? id : `state ${id}`
}

/** Mermaid's ids are global to the diagram and take no dots. */
function idOf(node: StateNode): string {
  return node.path.join('_').replace(/\W/g, '_')
}

function childrenOf(node: StateNode): StateNode[] {
  return Object.values(node.states)
}

function* descendantsOf(node: StateNode): Generator<StateNode> {
  for (const child of childrenOf(node)) {
    yield child
    yield* descendantsOf(child)
  }
}

function commonScope(a: StateNode, b: StateNode): StateNode | undefined {
  const scopes = new Set(ancestorsOf(a))
  return [...ancestorsOf(b)].find((scope) => scopes.has(scope))
}

function* ancestorsOf(node: StateNode): Generator<StateNode> {
  for (let scope = node.parent; scope; scope = scope.parent) yield scope
}
