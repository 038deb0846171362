import type { NodeAPI } from 'node-red';
import { registerConfig } from '../../runtime/account/config.cjs';
import { registerAdmin } from '../../runtime/admin/routes.cjs';

export = (RED: NodeAPI): void => {
	registerConfig(RED);
	registerAdmin(RED);
};
