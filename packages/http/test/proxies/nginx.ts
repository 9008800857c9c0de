import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RealServer } from '../../../testing/test/real-servers/real-server.js'

/** nginx with these blocks in its `http`, where PORT stands for the port that it listens on. */
export function startNginx(blocks: string): Promise<RealServer> {
  return RealServer.start({
    program: 'nginx',
    args: async (port, folder) => {
      const config = join(folder, 'nginx.conf')
      await writeFile(config, configuration(blocks.replaceAll('PORT', String(port)), folder))
      return ['-p', folder, '-c', config, '-e', 'stderr']
    },
  })
}

function configuration(blocks: string, folder: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const scratch = kinds.map((kind) => `${kind}_temp_path ${join(folder, kind)};`)
  return `
    daemon off;
    worker_processes 1;
    worker_shutdown_timeout 10s;
    pid ${join(folder, 'nginx.pid')};
    error_log stderr;
    events { worker_connections 4096; }
    http {
      access_log off;
      ${scratch.join('\n')}
      ${blocks}
    }`
}
