// Where the lane's module lies: beside us, as source or as built. The bundle of the command puts its own answer here.

const extension = import.meta.url.endsWith(".ts") ? "ts" : "js"

export const ownWorkerUrl = new URL(`../worker/lane.${extension}`, import.meta.url)
