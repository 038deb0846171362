// Imported by each process of `node --test`: where the packages are that `npm run package` has packed.
import { join } from 'node:path';
import { requireFromRoot, root } from '../root.mjs';

const { version } = requireFromRoot('./package.json');
const packed = (/** @type {string} */ name) => join(root, 'packages', `${name}-${version}.tgz`);

process.env['RUNCOMFY_E2E_TARBALL'] ??= packed('n8n-nodes-runcomfy');
process.env['RUNCOMFY_E2E_NODE_RED_TARBALL'] ??= packed('node-red-contrib-runcomfy');
