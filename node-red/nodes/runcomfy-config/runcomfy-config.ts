import type { NodeAPI } from 'node-red';
import { registerConfig } from '../../runtime/account/config';
import { registerAdmin } from '../../runtime/admin/routes';

export = (RED: NodeAPI): void => {
	registerConfig(RED);
	registerAdmin(RED);
};
