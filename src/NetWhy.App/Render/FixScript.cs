using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Audit;
using NetWhy.Linux;

namespace NetWhy.App.Render;

/// <summary>The fixes of an audit as a shell script, to be read before it is run.</summary>
/// <remarks>
/// It changes kernel settings only, each to a value that the audit computed, and keeps it over a restart. What only a person
/// can decide, such as to restart a service, stands there as a comment. To run it again changes nothing more.
/// Source: POSIX.1-2017, Shell Command Language; sysctl.d(5).
/// </remarks>
internal static partial class FixScript
{
    private const string Head = """
        set -eu

        # Changes a setting now, and keeps it for the next start.
        set_kernel() { # NAME PATH VALUE
            if [ ! -e "/proc/sys/$2" ]; then
                echo "skipped  $1: it does not exist in this network namespace or kernel" >&2
                return 0
            fi
            if [ ! -w "/proc/sys/$2" ]; then
                echo "skipped  $1: only the first network namespace of the machine may change it" >&2
                return 0
            fi
            old=$(tr '\t' ' ' < "/proc/sys/$2")
            if [ "$old" = "$3" ]; then
                echo "is so    $1 = $3"
            elif printf '%s\n' "$3" > "/proc/sys/$2"; then
                echo "changed  $1: $old -> $3"
            else
                echo "refused  $1: the kernel does not take $3" >&2
                return 0
            fi
            keep_kernel "$1" "$3"
        }

        # One line for each setting: an older one is replaced.
        keep_kernel() { # NAME VALUE
            if [ ! -e /proc/sys/net/ipv4/tcp_mem ]; then
                echo "         not kept: the file is for the first network namespace only"
                return 0
            fi
            mkdir -p "${keep%/*}"
            [ -e "$keep" ] || echo '# Written by the script of netwhy host --fix.' > "$keep"
            other=$(mktemp)
            while IFS= read -r line || [ -n "$line" ]; do
                key=$(printf '%s' "${line%%=*}" | tr -d ' \t')
                [ "$key" = "$1" ] || printf '%s\n' "$line"
            done < "$keep" > "$other"
            printf '%s = %s\n' "$1" "$2" >> "$other"
            cat "$other" > "$keep"
            rm -f "$other"
        }

        if [ "$(id -u)" != 0 ]; then
            echo "$0: only root may change kernel settings" >&2
            exit 1
        fi

        """;

    /// <summary>The script.</summary>
    /// <param name="diagnosis">The diagnosis, with its signals.</param>
    public static string Of(Diagnosis diagnosis)
    {
        HashSet<string> names = [];
        var changes = new StringBuilder();
        var others = new StringBuilder();
        foreach (Signal signal in diagnosis.Signals.Where(signal => signal.Standing < Standing.Unknown))
        {
            // The first one is of the worst signal: a second value for the same setting would undo it.
            Remedy[] settings = [.. signal.Remedies.Where(remedy => remedy is { Setting: { } setting, On: null } && IsPlain(setting) && names.Add(setting.Name))];
            Remedy[] rest = [.. signal.Remedies.Where(remedy => remedy.Setting is null || remedy.On is not null)];
            Write(changes, signal, settings, remedy => $"{Comment(remedy.Text)}{Command(remedy.Setting!)}");
            Write(others, signal, rest, remedy => Comment(remedy.Sentence) + string.Concat((remedy.Command ?? "").Split('\n').Where(line => line.Length > 0).Select(line => Comment($"    {line}"))));
        }

        var script = new StringBuilder("#!/bin/sh\n");
        string where = diagnosis.Investigation is { Vantage.Length: > 0 } here
            ? string.Create(CultureInfo.InvariantCulture, $" for {here.Vantage}, {here.At.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC")
            : "";
        script.Append(Comment($"Written by netwhy {ProductVersion.Text} host --fix{where}."));
        if (Namespace().Match(diagnosis.Investigation?.Vantage ?? "") is { Success: true } space)
        {
            script.Append(CultureInfo.InvariantCulture, $$"""
                if [ "$(readlink /proc/self/ns/net)" != '{{space.Value}}' ]; then
                    echo "$0: written for the network namespace {{space.Value}}, and this is $(readlink /proc/self/ns/net): run it there (ip netns exec NAME, nsenter -n -t PID)" >&2
                    exit 1
                fi

                """);
        }

        if (changes.Length == 0)
        {
            script.Append(Comment("There is no kernel setting to change.")).Append("echo 'netwhy found no kernel setting to change here'\n");
        }
        else
        {
            script.Append(Comment("Read it before you run it, as root: each part says what it changes and why. Nothing is changed yet."));
            script.Append($"keep={SettingChange.File}\n").Append(Head).Append(changes);
        }

        if (others.Length > 0)
            script.Append("\n# What a person must look at or decide; nothing below is run.\n").Append(others);
        return script.ToString();
    }

    private static void Write(StringBuilder script, Signal signal, Remedy[] remedies, Func<Remedy, string> write)
    {
        if (remedies.Length == 0)
            return;
        string limit = signal.Limit.Length > 0 ? $" of {signal.Limit}" : "";
        script.Append('\n').Append(Comment($"{signal.Standing.ToString().ToLowerInvariant()}: {signal.Title}: {signal.Value}{limit}")).Append(Comment(signal.Meaning));
        foreach (Remedy remedy in remedies)
            script.Append(write(remedy));
    }

    private static string Command(SettingChange setting) =>
        $"set_kernel {ShellCommand.Word(setting.Key)} {ShellCommand.Word(setting.Path)} {ShellCommand.Word(setting.Value)}\n";

    // A name or a value with other characters is none of the kernel's.
    private static bool IsPlain(SettingChange setting) =>
        Name().IsMatch(setting.Name) && !setting.Path.Contains("..", StringComparison.Ordinal) && Value().IsMatch(setting.Value);

    private static string Comment(string text) => text.Length == 0 ? "" : $"# {Printable.Of(text, isUtf8: true)}\n";

    [GeneratedRegex(@"^[a-z0-9_]+(\.[A-Za-z0-9_@:+-]+)+$")]
    private static partial Regex Name();

    [GeneratedRegex(@"net:\[[0-9]+\]")]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^[A-Za-z0-9_., -]+$")]
    private static partial Regex Value();
}
