const ours = ['#0b63ce', '#5aa2f2', '#093b7a']
const floors = ['#777777', '#aaaaaa']
/** Told apart by people who do not see all colours, too (Okabe and Ito). */
const others = ['#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7b4ea3', '#8c6d31', '#b8b000', '#400040']

export type Side = 'ours' | 'floor' | 'other'

export function sideOf(name: string): Side {
  if (/^@?millpond/.test(name)) return 'ours'
  return name.startsWith('floor') ? 'floor' : 'other'
}

/** A colour for each name, in their order: ours are blue, floors grey. */
export function coloursOf(names: readonly string[]): ReadonlyMap<string, string> {
  const palettes = { ours, floor: floors, other: others }
  const used = { ours: 0, floor: 0, other: 0 }
  return new Map(
    names.map((name) => {
      const side = sideOf(name)
      const palette = palettes[side]
      return [name, palette[used[side]++ % palette.length] as string]
    }),
  )
}
