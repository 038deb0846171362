import { registerRun } from '../../runtime/runs/node.cjs';

export = registerRun;
