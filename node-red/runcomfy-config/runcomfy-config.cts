import type { NodeAPI } from 'node-red';
import { registerConfig } from '../lib/config.cjs';

export = (RED: NodeAPI): void => registerConfig(RED);
