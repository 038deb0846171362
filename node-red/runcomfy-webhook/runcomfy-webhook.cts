import { registerWebhook } from '../lib/webhookNode.cjs';

export = registerWebhook;
