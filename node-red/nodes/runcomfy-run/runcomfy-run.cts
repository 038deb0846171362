import type { NodeAPI } from 'node-red';
import { registerRun } from '../../runtime/runs/runNode.cjs';

export = (RED: NodeAPI): void => registerRun(RED);
