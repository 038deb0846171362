import type { NodeAPI } from 'node-red';
import { registerResult } from '../../runtime/runs/node.cjs';

export = (RED: NodeAPI): void => registerResult(RED);
