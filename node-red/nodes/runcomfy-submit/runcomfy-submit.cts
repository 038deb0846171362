import type { NodeAPI } from 'node-red';
import { registerSubmit } from '../../runtime/runs/submit.cjs';

export = (RED: NodeAPI): void => registerSubmit(RED);
