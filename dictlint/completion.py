"""Scripts that let shells complete dictlint's words."""

from __future__ import annotations

import argparse

from dictlint.catalogue import rule_names
from dictlint.options import check_parser

SHELLS = ("bash", "zsh", "fish")
COMMANDS = ("check", "explain", "rules", "facts", "models", "config", "baseline", "clean", "completion", "version")
OF_RULES = ("--select", "--ignore", "--extend-select", "--extend-ignore")


def script(shell: str) -> str:
    """The script for one shell; zsh runs bash's."""
    options = {name: action for action in check_parser()._actions for name in action.option_strings}
    if shell == "fish":
        return _fish(options)
    return ("autoload -Uz bashcompinit && bashcompinit\n" if shell == "zsh" else "") + _bash(options)


def _values(name: str, action: argparse.Action) -> list[str]:
    """What may stand behind an option; empty where it is a file or anything."""
    if name in OF_RULES or name == "explain":
        return [word for code, rule, _ in rule_names() for word in (code, rule)]
    return [str(one) for one in action.choices or ()]


def _bash(options: dict[str, argparse.Action]) -> str:
    cases = [
        f'    {name}) COMPREPLY=($(compgen -W "{" ".join(values)}" -- "$word")); return ;;'
        for name, action in options.items()
        if (values := _values(name, action))
    ]
    rules = " ".join(word for code, rule, _ in rule_names() for word in (code, rule))
    lines = [
        "_dictlint() {",
        '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"',
        "  COMPREPLY=()",
        '  case "$before" in',
        *cases,
        f'    explain) COMPREPLY=($(compgen -W "{rules}" -- "$word")); return ;;',
        f'    completion) COMPREPLY=($(compgen -W "{" ".join(SHELLS)}" -- "$word")); return ;;',
        "  esac",
        '  if [[ "$word" == -* ]]; then',
        f'    COMPREPLY=($(compgen -W "{" ".join(options)}" -- "$word"))',
        "    return",
        "  fi",
        f'  [[ "$COMP_CWORD" == 1 ]] && COMPREPLY=($(compgen -W "{" ".join(COMMANDS)}" -- "$word"))',
        '  COMPREPLY+=($(compgen -f -- "$word"))',
        "}",
        "complete -o filenames -F _dictlint dictlint",
    ]
    return "\n".join(lines) + "\n"


def _fish(options: dict[str, argparse.Action]) -> str:
    lines = [f"complete -c dictlint -n __fish_use_subcommand -a {word}" for word in COMMANDS]
    rules = " ".join(word for code, rule, _ in rule_names() for word in (code, rule))
    lines.append(f"complete -c dictlint -n '__fish_seen_subcommand_from explain' -a '{rules}'")
    for name, action in options.items():
        kind = f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
        values = f" -x -a '{' '.join(_values(name, action))}'" if _values(name, action) else ""
        needs = " -r" if action.nargs is None and not values else ""
        about = (action.help or "").replace("\\", "").replace("'", "\\'").replace("%%", "%")
        lines.append(f"complete -c dictlint {kind}{values}{needs} -d '{about}'")
    return "\n".join(lines) + "\n"
