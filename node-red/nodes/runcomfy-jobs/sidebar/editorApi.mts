/** Editor APIs of Node-RED 4 and later that the published types lack or describe imprecisely. */
interface Untyped {
	settings: { getLocal(key: string): unknown; setLocal(key: string, value: unknown): void };
	comms: {
		subscribe(topic: string, listener: () => void): void;
		on(event: 'connect', listener: () => void): void;
	};
	clipboard: { copyText(value: string, element: JQuery, message: string): boolean };
	sidebar: { addTab(options: SidebarTab): void; show(id: string): void };
	nodes: { node(id: string): EditorNode | null; workspace(id: string): EditorFlow | undefined };
	view: { reveal(id: string): void; select(selection: { nodes: EditorNode[] }): void };
	workspaces: { active(): string };
	utils: { getNodeLabel(node: EditorNode | EditorFlow, otherwise: string): string };
}

type Typed = Pick<typeof RED, 'actions' | 'events' | 'i18n' | 'notify' | 'user'>;

interface SidebarTab {
	id: string;
	name: string;
	label: string;
	content: HTMLElement;
	iconClass: string;
	enableOnEdit: boolean;
	/** Keeps the tab's button visible; Node-RED 4 only. */
	pinned: boolean;
	action: string;
}

export interface EditorNode {
	id: string;
	type: string;
	/** Id of the flow or subflow that contains the node. */
	z: string;
	name?: string;
	targetName?: string;
}

interface EditorFlow {
	id: string;
	type: 'tab';
	label: string;
}

export const editor = (): Typed & Untyped => RED as unknown as Typed & Untyped;
