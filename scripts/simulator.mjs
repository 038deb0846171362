// `npm run simulator`: the simulator of this tree, built first if it is not up to date.
import { build } from './build.mjs';
import { load } from './dist.mjs';

// The simulator's own output is for programs to read, too.
await build({ log: console.error });
load('simulator/cli.cjs');
