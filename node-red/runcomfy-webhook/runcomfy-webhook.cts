import { registerWebhook } from '../lib/webhook/webhookNode.cjs';

export = registerWebhook;
