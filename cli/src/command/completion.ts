// `completion bash | zsh | fish | powershell`: the shell's side of completion, to be read by its start-up file.

import type { Arguments } from "./arguments.ts"
import { printResult } from "./print.ts"

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_throughline() {
  local IFS=$'\\n'
  COMPREPLY=($(throughline __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _throughline throughline`,

  zsh: `#compdef throughline
_throughline() {
  local -a found
  found=("\${(@f)$(throughline __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then compadd -- $found; else _files; fi
}
compdef _throughline throughline`,

  fish: `function __throughline_complete
  set -l words (commandline -opc)
  throughline __complete $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c throughline -a '(__throughline_complete)'`,

  powershell: `Register-ArgumentCompleter -Native -CommandName throughline -ScriptBlock {
  param($word, $ast, $position)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($word -eq '') { $words += '""' }
  throughline __complete @words | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}`
}

export async function run({ commandName }: Arguments): Promise<number> {
  await printResult(SCRIPTS[commandName.split(" ")[1]!]!)
  return 0
}
