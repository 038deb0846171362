import type { NodeAPI } from 'node-red';
import { registerRun } from '../lib/runs/runNode.cjs';

export = (RED: NodeAPI): void => registerRun(RED);
