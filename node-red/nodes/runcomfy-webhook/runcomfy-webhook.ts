import { registerWebhook } from '../../runtime/webhook/webhookNode';

export = registerWebhook;
