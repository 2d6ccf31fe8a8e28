using System.Text;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose;
using NetWhy.Linux;

namespace NetWhy.App.Render;

/// <summary>The fixes of an audit as a shell script, to be read before it is run.</summary>
internal static class FixScript
{
    /// <summary>The script.</summary>
    /// <param name="diagnosis">The diagnosis, with its signals.</param>
    public static string Of(Diagnosis diagnosis)
    {
        var script = new StringBuilder("#!/bin/sh\n# Written by netwhy host --fix. Read it first: each part says what it changes and why.\nset -eu\n");
        HashSet<string> lines = [];
        foreach (Signal signal in diagnosis.Signals.Where(signal => signal.Standing < Standing.Unknown))
        {
            Remedy[] changes = [.. signal.Remedies.Where(remedy => remedy is { Setting: not null, On: null })];
            Remedy[] others = [.. signal.Remedies.Where(remedy => remedy is { Setting: null, Command: not null })];
            if (changes.Length + others.Length == 0)
                continue;
            script.Append('\n').Append(Comment($"{signal.Title}: {signal.Value}{(signal.Limit.Length > 0 ? $" of {signal.Limit}" : "")}"));
            script.Append(Comment(signal.Meaning));
            foreach (Remedy remedy in changes)
            {
                SettingChange setting = remedy.Setting!;
                script.Append(Comment(remedy.Text));
                script.Append(setting.Command).Append('\n');
                if (lines.Add(setting.Line))
                    script.Append($"printf '%s\\n' {ShellCommand.Word(setting.Line)} >> {SettingChange.File}\n");
            }

            foreach (Remedy remedy in others) // what looks, and what only its owner can decide
            {
                script.Append(Comment(remedy.Sentence));
                foreach (string line in remedy.Command!.Split('\n'))
                    script.Append(Comment($"    {line}"));
            }
        }

        return script.ToString();
    }

    private static string Comment(string text) => text.Length == 0 ? "" : $"# {Printable.Of(text, isUtf8: true)}\n";
}
