import type { NodeAPI } from 'node-red';
import { registerAdmin } from '../lib/admin/routes.cjs';
import { registerConfig } from '../lib/account/config.cjs';

export = (RED: NodeAPI): void => {
	registerConfig(RED);
	registerAdmin(RED);
};
