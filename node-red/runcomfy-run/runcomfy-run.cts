import type { NodeAPI } from 'node-red';
import { registerRun } from '../lib/runNode.cjs';

export = (RED: NodeAPI): void => registerRun(RED);
