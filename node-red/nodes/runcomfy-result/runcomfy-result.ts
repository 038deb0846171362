import type { NodeAPI } from 'node-red';
import { registerRuns } from '../../runtime/runs/nodes';

export = (RED: NodeAPI): void => registerRuns(RED, 'runcomfy-result', 'result');
