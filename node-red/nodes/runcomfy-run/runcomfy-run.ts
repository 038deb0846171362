import { registerRun } from '../../runtime/runs/nodes';

export = registerRun;
