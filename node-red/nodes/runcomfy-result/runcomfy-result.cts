import { registerResult } from '../../runtime/runs/nodes.cjs';

export = registerResult;
