import type { NodeAPI } from 'node-red';
import { registerAdmin } from '../../runtime/admin/routes.cjs';
import { registerConfig } from '../../runtime/account/config.cjs';

export = (RED: NodeAPI): void => {
	registerConfig(RED);
	registerAdmin(RED);
};
