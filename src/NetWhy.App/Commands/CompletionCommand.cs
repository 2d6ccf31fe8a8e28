using System.CommandLine;
using NetWhy.App.Render;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy completion SHELL</c>: the script that teaches a shell to complete our command lines.</summary>
internal sealed class CompletionCommand : Command, IExplained
{
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] =
            """
            # Completion of netwhy for bash.
            _netwhy() {
                local IFS=$'\n' candidates
                candidates=$("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) || compopt -o default
                COMPREPLY=($candidates)
            }
            complete -F _netwhy netwhy ./netwhy

            """,
        ["zsh"] =
            """
            #compdef netwhy
            # Completion of netwhy for zsh.
            _netwhy() {
                local candidates
                if candidates=$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null); then
                    [[ -z $candidates ]] || compadd -- "${(@f)candidates}"
                else
                    _files
                fi
            }
            if [[ $funcstack[1] == _netwhy ]]; then _netwhy "$@"; else compdef _netwhy netwhy; fi

            """,
        ["fish"] =
            """
            # Completion of netwhy for fish.
            function __netwhy_candidates
                set -l words (commandline -opc)
                set -l current (commandline -ct)
                $words[1] __complete -- $words[2..-1] "$current" 2>/dev/null
                or __fish_complete_path "$current"
            end
            complete -c netwhy -f -a '(__netwhy_candidates)'

            """,
    };

    private readonly Argument<string> _shell = new("SHELL") { Description = "bash, zsh or fish." };
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public CompletionCommand()
        : base("completion", "Print the script that completes netwhy's command lines in a shell.")
    {
        _shell.CompletionSources.Add([.. Scripts.Keys]);
        Add(_shell);
        Add(_json);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("source <(netwhy completion bash)", "in ~/.bashrc"),
        ("source <(netwhy completion zsh)", "in ~/.zshrc, after compinit"),
        ("netwhy completion fish | source", "in ~/.config/fish/config.fish"),
    ];

    private int Run(ParseResult parsed)
    {
        string shell = parsed.GetRequiredValue(_shell);
        if (!Scripts.TryGetValue(shell, out string? script))
            throw new CommandException(ExitCode.WrongUsage, $"there is no completion for {shell}, only for bash, zsh and fish");
        if (!parsed.GetValue(_json))
        {
            Terminal.WriteOutput(script);
            return ExitCode.Healthy;
        }

        JsonOutput.Write("netwhy.completion/1", json =>
        {
            json.WriteString("shell", shell);
            json.WriteString("script", script);
        });
        return ExitCode.Healthy;
    }
}
