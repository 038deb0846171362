import { registerResult } from '../../runtime/runs/nodes';

export = registerResult;
