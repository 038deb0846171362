import { registerWebhook } from '../../runtime/webhook/webhookNode.cjs';

export = registerWebhook;
