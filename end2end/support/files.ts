// Breaking files behind a server's back, in its data folder.

import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Spoils every file that legacy has, and leaves an object that nobody knows of in either store. */
export async function spoilFiles(dataDir: string): Promise<void> {
  const legacy = join(dataDir, 'files/legacy');
  for (const entry of await readdir(legacy, { withFileTypes: true })) {
    if (entry.isFile()) await writeFile(join(legacy, entry.name), 'spoilt');
  }
  await stray(legacy, 'stray.txt');
  await stray(join(dataDir, 'files/unified/sha256/00'), '0'.repeat(62));
}

/** A file so old that nobody can be in the middle of writing it. */
async function stray(folder: string, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await writeFile(path, 'a stray');
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(path, longAgo, longAgo);
}
