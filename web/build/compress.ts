// Writes a .br and a .gz sibling of every compressible file of the bundle, so that the server never compresses assets itself.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const compressible = new Set(['.js', '.css', '.html', '.svg', '.json', '.webmanifest', '.txt']);
const smallest_worth_it = 256;

const brotli = promisify(brotliCompress);
const deflate = promisify(gzip);

async function files_below(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = entries.map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files_below(path) : Promise.resolve([path]);
  });
  return (await Promise.all(nested)).flat();
}

async function compress_file(path: string): Promise<void> {
  const data = await readFile(path);
  if (data.length < smallest_worth_it) return;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
  };
  await writeFile(`${path}.br`, await brotli(data, { params }));
  // No time stamp and no file name in the header: the same input gives the same bytes.
  await writeFile(`${path}.gz`, await deflate(data, { level: 9 }));
}

export function compress(): Plugin {
  let out_dir = 'dist';
  return {
    name: 'duotty-compress',
    apply: 'build',
    configResolved(config) {
      out_dir = resolve(config.root, config.build.outDir);
    },
    async closeBundle() {
      const files = await files_below(out_dir);
      await Promise.all(files.filter((path) => compressible.has(extname(path))).map(compress_file));
    },
  };
}
