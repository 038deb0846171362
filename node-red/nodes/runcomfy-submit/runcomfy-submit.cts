import type { NodeAPI } from 'node-red';
import { registerSubmit } from '../../runtime/runs/submitNode.cjs';

export = (RED: NodeAPI): void => registerSubmit(RED);
