import type { NodeAPI } from 'node-red';
import { registerRun } from '../../runtime/runs/node.cjs';

export = (RED: NodeAPI): void => registerRun(RED);
