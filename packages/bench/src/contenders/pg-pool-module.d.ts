// It has no types of its own; those of pg describe the same pool.
declare module 'pg-pool' {
  import { Pool } from 'pg'

  export default Pool
}
