import type { NodeAPI } from 'node-red';
import { registerResult } from '../../runtime/runs/resultNode.cjs';

export = (RED: NodeAPI): void => registerResult(RED);
