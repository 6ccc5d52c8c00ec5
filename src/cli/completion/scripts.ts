/**
 * What each shell is to do at Tab: ask the program itself (complete.ts), so that these few lines never grow old. The
 * program is the one in the line, by whatever path it was called.
 */

const bash = `# tender: completion for bash. Use it now:  source <(tender completion bash)
# For ever:  tender completion bash > ~/.local/share/bash-completion/completions/tender
_tender() {
  local line="\${COMP_LINE:0:COMP_POINT}" current value description
  local -a words
  # Not COMP_WORDS: bash cuts those at = and :
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current="\${words[\${#words[@]} - 1]}"
  # What bash holds for the word is only what comes after the last = or :
  local before="\${current%"\${current##*[=:]}"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r value description; do
    if [[ $value == :files ]]; then
      compopt -o default 2>/dev/null
      continue
    fi
    [[ $value == *= ]] && compopt -o nospace 2>/dev/null
    COMPREPLY+=("\${value#"$before"}")
  done < <("\${words[0]/#\\~/$HOME}" complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _tender tender
`;

const zsh = `#compdef tender
# tender: completion for zsh. Use it now:  source <(tender completion zsh)
# For ever:  tender completion zsh > "\${fpath[1]}/_tender"
_tender() {
  local line value
  local -a found open
  local files=
  for line in "\${(@f)$("\${(Q)words[1]/#\\~/$HOME}" complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    value="\${line%%$'\\t'*}"
    if [[ $value == :files ]]; then
      files=1
    elif [[ $value == *= ]]; then
      open+=("$value")
    elif [[ -n $value ]]; then
      found+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done
  (( \${#found} )) && _describe -t tender tender found
  (( \${#open} )) && compadd -S '' -- $open
  [[ -n $files ]] && _files
}
if [[ $funcstack[1] == _tender ]]; then _tender "$@"; else compdef _tender tender; fi
`;

const fish = `# tender: completion for fish. Use it now:  tender completion fish | source
# For ever:  tender completion fish > ~/.config/fish/completions/tender.fish
function __tender_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    for line in ($program complete -- $words[2..-1] "$current" 2>/dev/null)
        if test "$line" = ':files'
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete -c tender -f -a '(__tender_complete)'
`;

export const SCRIPTS = { bash, zsh, fish } as const;
export type Shell = keyof typeof SCRIPTS;
