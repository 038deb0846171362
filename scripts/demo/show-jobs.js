// Runs in the editor's page. The editor itself shows another tab right after it has loaded the flows.
/* global RED */
RED.events.on('flows:loaded', () => setTimeout(() => RED.sidebar.show('runcomfy-jobs')));
