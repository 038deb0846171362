// `npm run package`: builds, and packs what is published, one package for each host, into packages/.
import { mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from './build.mjs';
import { packPublished } from './release/packages.mjs';
import { root } from './root.mjs';

const folder = join(root, 'packages');

await build();
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const tarball of Object.values(packPublished(folder))) console.log(relative(root, tarball));
