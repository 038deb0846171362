import { registerResult } from '../../runtime/runs/node.cjs';

export = registerResult;
