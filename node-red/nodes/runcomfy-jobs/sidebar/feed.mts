export interface Feed {
	/** There may be something new. */
	stale(): void;
	/** Whether somebody looks: nothing is loaded for nobody. */
	watch(visible: boolean): void;
}

/** Loads what is looked at after every change, one load at a time. `load` rejects as it likes. */
export function createFeed<T>(options: {
	load: () => Promise<T>;
	onLoaded: (loaded: T) => void;
	onFailed: (error: unknown) => void;
}): Feed {
	let fresh = false;
	let visible = false;
	let loading = false;

	const loadIfNeeded = async () => {
		if (fresh || !visible || loading) return;
		fresh = true;
		loading = true;
		try {
			options.onLoaded(await options.load());
		} catch (error) {
			options.onFailed(error);
		}
		loading = false;
		void loadIfNeeded();
	};

	return {
		stale() {
			fresh = false;
			void loadIfNeeded();
		},
		watch(next) {
			visible = next;
			void loadIfNeeded();
		},
	};
}
