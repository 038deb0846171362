import type { NodeAPI } from 'node-red';
import { registerJobs } from './api.cjs';

export = (RED: NodeAPI): void => registerJobs(RED);
