// `throughline completion …`: what its commands take, as data.

import type { CommandSpec, GroupSpec } from "./command-spec.ts"
import { COMMON_OPTIONS } from "./common-options.ts"

const SHELLS: Readonly<Record<string, string>> = {
  bash: "echo 'source <(throughline completion bash)' >> ~/.bashrc",
  zsh: "echo 'source <(throughline completion zsh)' >> ~/.zshrc",
  fish: "throughline completion fish > ~/.config/fish/completions/throughline.fish",
  powershell: "throughline completion powershell >> $PROFILE"
}

const completionFor = ([shell, example]: [string, string]): CommandSpec => ({
  name: `completion ${shell}`,
  summary: `Print the script that completes commands, options and run names in ${shell}.`,
  options: COMMON_OPTIONS,
  examples: [example],
  load: () => import("./completion.ts")
})

export const COMPLETION_COMMANDS: GroupSpec = {
  name: "completion",
  summary: "Complete commands, options and run names with the Tab key.",
  commands: Object.entries(SHELLS).map(completionFor)
}
