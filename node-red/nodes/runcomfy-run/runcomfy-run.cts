import { registerRun } from '../../runtime/runs/nodes.cjs';

export = registerRun;
